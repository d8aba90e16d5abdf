import { record } from "./intrinsics.js";

/** What a prepared program gets beside `watch`: helpers that only some forms of programs use, by name. */
export const aid = record();
