import { record } from "./intrinsics.js";
import { enter, fix, scope } from "./scope.js";

/** What a prepared program gets beside `watch`: helpers that only some forms of programs use, by name. */
export const aid = record();

// For programs of sessions (src/language/session.ts).
aid.scope = scope;
aid.enter = enter;
aid.fix = fix;
