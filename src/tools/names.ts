// Invisible letters are legal in JavaScript, but two names that look alike are a trap for whoever approves a call.
const IDENTIFIER = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

// A namespace with `then` would be awaited as a promise; the others would disturb lookups and JSON in the guest.
const FORBIDDEN: ReadonlySet<string> = new Set(["then", "__proto__", "constructor", "prototype", "toJSON"]);

const RESERVED_WORDS: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof var void while with yield"
  ).split(" "),
);

/** The names of the guest's own globals; a test compares them with what a run finds. */
export const GUEST_GLOBALS: ReadonlySet<string> = new Set(
  (
    "tools input console emit sleep sleepUntil globalThis undefined NaN Infinity eval isFinite isNaN parseFloat parseInt decodeURI " +
    "decodeURIComponent encodeURI encodeURIComponent escape unescape Object Function Boolean Symbol Error AggregateError " +
    "EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError Number BigInt Math Date String RegExp " +
    "Array Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array BigInt64Array " +
    "BigUint64Array Float16Array Float32Array Float64Array Map Set WeakMap WeakSet WeakRef FinalizationRegistry ArrayBuffer " +
    "DataView JSON Iterator Promise Proxy Reflect DisposableStack AsyncDisposableStack queueMicrotask setTimeout " +
    "clearTimeout setInterval clearInterval structuredClone atob btoa TextEncoder TextDecoder URL URLSearchParams crypto " +
    "performance AbortController AbortSignal DOMException CustomEvent Event EventTarget"
  ).split(" "),
);

// Names that mean something elsewhere in JavaScript, or that the guest may have one day.
const OTHER_GLOBALS: ReadonlySet<string> = new Set(
  (
    "InternalError SharedArrayBuffer Atomics Generator AsyncGenerator Temporal Intl WebAssembly setImmediate " +
    "clearImmediate Headers"
  ).split(" "),
);

/** Whether a name can stand after a dot in JavaScript; reserved words can. */
export function isIdentifier(name: string): boolean {
  return IDENTIFIER.test(name);
}

/** Whether a name is taken by the guest's world or would disturb it (`then`, `constructor`, …). */
export function isForbiddenName(name: string): boolean {
  return FORBIDDEN.has(name);
}

/** What is wrong with the name of a tool or namespace, or undefined if nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "is empty";
  if (FORBIDDEN.has(name)) return "can't be used as a name";
  return isIdentifier(name) ? undefined : "is not a JavaScript identifier";
}

/** What is wrong with the name of a global, or undefined if nothing is. */
export function globalNameProblem(name: string): string | undefined {
  if (RESERVED_WORDS.has(name)) return "is a reserved word";
  if (GUEST_GLOBALS.has(name) || OTHER_GLOBALS.has(name)) return "is one of the guest's own globals";
  return nameProblem(name);
}

/** The words of a name or a text, in lower case: `listIssues`, `list_issues` and `list-issues` give the same two. */
export function words(text: string): string[] {
  return text
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}
