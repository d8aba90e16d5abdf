import type { ErrorCode, RunFailure } from "../errors.ts";
import { codeFrame, explainImport, mapStack, type Positions } from "../language/index.ts";
import { decode } from "../values/index.ts";
import { formatValue } from "./format.ts";

/** What the guest side says about a thrown value (guest/errors.js); nothing in it is trusted to be of its type. */
interface Description {
  name?: unknown;
  message?: unknown;
  stack?: unknown;
  cause?: unknown;
  errors?: unknown;
  data?: unknown;
  call?: unknown;
  exhausted?: unknown;
  thrown?: unknown;
  refused?: { code?: unknown; message?: unknown; path?: unknown };
}

/** What a failure is told against: the author's source, where its lines are, and the failures of the run's calls. */
export interface FailureContext {
  readonly source: string;
  readonly positions: Positions | undefined;
  /** Whether the guest heap was as good as full. */
  readonly memoryFull: boolean;
  callFailure(number: number): { failure: RunFailure; line?: number } | undefined;
}

const MAX_TEXT = 8192;

/** The failure of a run whose program threw: `text` is the guest's description of what it threw. */
export function failureOf(text: string, context: FailureContext): RunFailure {
  const thrown = parse(text);
  if (thrown.refused) return refusal(thrown.refused);
  // Where not even an error fits any more, the engine throws null.
  if (context.memoryFull && thrown.thrown === "null") {
    return { code: "memory_limit", name: "InternalError", message: "out of memory" };
  }
  const call = typeof thrown.call === "number" ? context.callFailure(thrown.call) : undefined;
  const failure = call ? callFailure(call.failure) : guestFailure(thrown);
  const place = placeOf(thrown, context);
  const told = !call && context.positions ? explainImport(context.positions, failure.message) : undefined;
  const line = call?.line ?? place.line ?? told?.line;
  const column = call?.line === undefined || call.line === place.line ? place.column : undefined;
  return {
    ...failure,
    ...(told && { hint: told.hint }),
    ...(place.stack !== undefined && { stack: place.stack }),
    ...(line !== undefined && { line, frame: codeFrame(context.source, line, column) }),
    ...(column !== undefined && { column }),
  };
}

function guestFailure(thrown: Description): RunFailure {
  const errors = errorsOf(thrown);
  const data = dataOf(thrown, errors);
  const message = thrown.thrown === undefined ? text(thrown.message) : thrownMessage(thrown);
  return {
    code: codeOf(thrown),
    name: text(thrown.name) || "Error",
    message: message || (errors?.map(({ message: each }) => each).join("; ") ?? ""),
    ...(thrown.cause !== undefined && { cause: causeOf(thrown.cause) }),
    ...(data !== undefined && { data }),
  };
}

/** A tool's own error keeps its name and message; its own code is data. */
function callFailure(failure: RunFailure): RunFailure {
  const { code, name, message, data } = failure;
  return { code, name, message, ...(data !== undefined && { data }) };
}

function codeOf({ exhausted }: Description): ErrorCode {
  if (exhausted === "stack") return "stack_limit";
  return exhausted === "memory" ? "memory_limit" : "threw";
}

function refusal({ code, message, path }: NonNullable<Description["refused"]>): RunFailure {
  if (code === "limit") {
    return { code: "result_limit", name: "LimitError", message: `the program's value is ${text(message)}` };
  }
  const where = text(path);
  return {
    code: "unserializable",
    name: "ValueError",
    message: `the program's value${where ? ` at ${where}` : ""} cannot leave the program: ${text(message)}`,
    ...hintFor(message),
    data: { path: where },
  };
}

function hintFor(what: unknown): { hint?: string } {
  if (what === "a Promise") return { hint: "await it; a list of promises is awaited by Promise.all" };
  if (what === "a stream") return { hint: "read it by for await, or into a list by Array.fromAsync" };
  return {};
}

function thrownMessage(thrown: Description): string {
  const own = text(thrown.thrown);
  if (own || thrown.data === undefined) return own;
  return `a value that is not an Error was thrown: ${JSON.stringify(decodeText(thrown.data))?.slice(0, 200)}`;
}

function dataOf(thrown: Description, errors: readonly object[] | undefined): unknown {
  const data = thrown.data === undefined ? undefined : decodeText(thrown.data);
  return errors ? { ...(data as object | undefined), errors } : data;
}

/** The parts of an AggregateError, as plain data. */
function errorsOf({ errors }: Description): { name: string; message: string }[] | undefined {
  const parts = errors === undefined ? undefined : decodeText(errors);
  if (!Array.isArray(parts)) return undefined;
  return parts.map((part: unknown) =>
    part instanceof Error ? { name: part.name, message: part.message } : { name: "Error", message: formatValue(part) },
  );
}

function causeOf(cause: unknown): unknown {
  const thrown = cause as Description;
  if (thrown.refused) return undefined;
  const { name, message, cause: next, data } = guestFailure(thrown);
  if (thrown.thrown !== undefined) return message;
  return { name, message, ...(next !== undefined && { cause: next }), ...(data !== undefined && { data }) };
}

function placeOf(
  thrown: Description,
  { positions }: FailureContext,
): { stack?: string; line?: number; column?: number } {
  if (typeof thrown.stack !== "string" || !positions) return {};
  const mapped = mapStack({ positions }, thrown.stack);
  return mapped.stack ? mapped : {};
}

function parse(text: string): Description {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed !== null && typeof parsed === "object" ? (parsed as Description) : {};
  } catch {
    return { message: "the error could not be read" };
  }
}

function decodeText(data: unknown): unknown {
  try {
    return decode(String(data), true);
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, MAX_TEXT + 64) : "";
}
