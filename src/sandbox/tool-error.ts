import type { GuestFailure } from "../engine/index.ts";
import { CallError, ERROR_CODES, type ErrorCode, RunExit, type RunFailure } from "../errors.ts";
import { decode, encode } from "../values/index.ts";

const MAX_TEXT = 8192;
const MAX_DATA_BYTES = 64 * 1024;

/** A failed call twice: as the record keeps it, and as the guest sees it. */
export interface CallFailure {
  readonly failure: RunFailure;
  readonly guest: GuestFailure;
}

/**
 * What a tool threw, reduced to name, message, code and data: no stack and no other member of a host's error reaches
 * the guest. A CallError of ours keeps its code; anything else is `tool_failed` with the tool's own code in `data.code`.
 */
export function callFailureOf(thrown: unknown): CallFailure {
  const ours = isOurs(thrown);
  const { name, message } = namesOf(thrown);
  const ownCode = codeOf(read(thrown, "code"));
  const data = plainData(read(thrown, "data"));
  const failure: RunFailure = {
    code: ours ? thrown.code : "tool_failed",
    name,
    message,
    ...recordData(ours ? undefined : ownCode, data && decode(data.text)),
    ...(ours && thrown.cause !== undefined && { cause: namesOf(thrown.cause) }),
  };
  return {
    failure,
    guest: { name, message, ...(ownCode !== undefined && { code: ownCode }), ...(data && { data: data.text }) },
  };
}

/** The failure that somebody answered a call with; a code of ours stays one. */
export function answeredFailure(error: { name?: string; message: string; code?: string }): CallFailure {
  const { code, message, name = "Error" } = error;
  const made = callFailureOf({ name, message, ...(code !== undefined && { code }) });
  if (code === undefined || !Object.hasOwn(ERROR_CODES, code)) return made;
  const failure: RunFailure = { code: code as ErrorCode, name: cut(name), message: cut(message) };
  return { ...made, failure };
}

/** A failure that the guest side decided on (a limit, an argument that cannot cross), as the record keeps it. */
export function refusedFailure(text: string): RunFailure {
  const { code, message } = JSON.parse(text) as { code?: unknown; message?: unknown };
  const known = typeof code === "string" && Object.hasOwn(ERROR_CODES, code);
  return {
    code: known ? (code as ErrorCode) : "threw",
    name: "CallError",
    message: String(message).slice(0, MAX_TEXT),
  };
}

/** Whether a tool threw what ends the run. */
export function isExit(thrown: unknown): thrown is RunExit {
  try {
    return thrown instanceof RunExit;
  } catch {
    return false;
  }
}

/** Asking a revoked proxy what it is throws. */
function isOurs(thrown: unknown): thrown is CallError {
  try {
    return thrown instanceof CallError;
  } catch {
    return false;
  }
}

function namesOf(thrown: unknown): { name: string; message: string } {
  if (thrown === null || (typeof thrown !== "object" && typeof thrown !== "function")) {
    return { name: "Error", message: cut(String(thrown)) };
  }
  const message = textOf(read(thrown, "message"));
  return {
    name: cut(textOf(read(thrown, "name")) ?? "Error"),
    message: cut(message ?? "the tool threw a value that is not an Error"),
  };
}

function recordData(code: string | number | undefined, data: unknown): { data?: unknown } {
  if (code === undefined) return data === undefined ? {} : { data };
  return {
    data:
      data !== null && typeof data === "object" && !Array.isArray(data)
        ? { ...data, code }
        : { code, ...(data !== undefined && { data }) },
  };
}

/** The text of the data of a tool's error if it can cross; what can't is left out, as the error itself must arrive. */
function plainData(data: unknown): { text: string } | undefined {
  if (data === undefined) return undefined;
  try {
    return { text: encode(data, MAX_DATA_BYTES) };
  } catch {
    return undefined;
  }
}

function read(object: unknown, key: string): unknown {
  try {
    return (object as Record<string, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : undefined;
}

function codeOf(value: unknown): string | number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : textOf(value);
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
}
