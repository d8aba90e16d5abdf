import { CallError } from "../errors.ts";
import { strictSchema } from "./json-schema/validator.ts";
import { cut, isPlainObject, showPath, showValue } from "./show.ts";
import type { JsonSchema, StandardResult, StandardSchema } from "./tool.ts";

const MOST_ISSUES = 5;
const MESSAGE_LENGTH = 300;

type Issues = NonNullable<StandardResult<unknown>["issues"]>;

/** What is checked, for the message, and the code of the error thrown if it doesn't fit. */
export interface CheckSubject {
  readonly title: string;
  readonly code: "invalid_input" | "invalid_output";
}

// Schemas are compiled once, however many tools and sandboxes share them.
const validators = new WeakMap<object, StandardSchema>();

/** Whether a value is a Standard Schema; those of some libraries are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  const standard = (value as Partial<StandardSchema>)["~standard"];
  return typeof standard === "object" && standard !== null && typeof standard.validate === "function";
}

/** The validator of a schema of either kind. Throws `MalformedSchema` for a JSON Schema that is none. */
export function validatorOf(schema: unknown): StandardSchema {
  if (isStandardSchema(schema)) return schema;
  if (typeof schema === "boolean") return strictSchema(schema);
  const known = validators.get(schema as object);
  if (known) return known;
  const validator = strictSchema(schema as JsonSchema);
  validators.set(schema as object, validator);
  return validator;
}

/** Checks a value; gives what the schema makes of it, at once if the schema is synchronous. Throws `CallError`. */
export function checkValue(schema: StandardSchema, value: unknown, subject: CheckSubject): unknown {
  return whenDone(validate(schema, value, subject), (result) => {
    if (result.issues === undefined) return result.value;
    throw mismatch(result.issues, value, subject);
  });
}

/**
 * Checks the input of a call that was made without arguments: undefined if the schema takes that, else `{}`
 * if it takes that, since a tool whose properties are all optional is called `tool()`.
 */
export function checkAbsent(schema: StandardSchema, subject: CheckSubject): unknown {
  return whenDone(validate(schema, undefined, subject), (absent) => {
    if (absent.issues === undefined) return absent.value;
    return whenDone(validate(schema, {}, subject), (empty) => {
      if (empty.issues === undefined) return empty.value;
      const inside = empty.issues.some((issue) => (issue.path ?? []).length > 0);
      throw inside ? mismatch(empty.issues, {}, subject) : mismatch(absent.issues, undefined, subject);
    });
  });
}

function validate(
  schema: StandardSchema,
  value: unknown,
  subject: CheckSubject,
): StandardResult<unknown> | Promise<StandardResult<unknown>> {
  const failed = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    return new CallError(subject.code, `${subject.title} can't be checked: ${cut(message, MESSAGE_LENGTH)}`);
  };
  try {
    const result = schema["~standard"].validate(value);
    if (!isPromise(result)) return result;
    return result.catch((error: unknown) => {
      throw failed(error);
    });
  } catch (error) {
    throw failed(error);
  }
}

function whenDone<T>(value: T | Promise<T>, next: (value: T) => unknown): unknown {
  return isPromise(value) ? value.then(next) : next(value);
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise || typeof (value as { then?: unknown } | null)?.then === "function";
}

function mismatch(issues: Issues, value: unknown, subject: CheckSubject): CallError {
  const listed = issues.slice(0, MOST_ISSUES).map((issue) => explain(issue, value));
  const more = issues.length > listed.length ? `; and ${issues.length - listed.length} more` : "";
  const text = listed.map(({ path, message }) => (path === "" ? message : `"${path}" ${message}`)).join("; ");
  return new CallError(subject.code, `${subject.title}: ${text}${more}`, { issues: listed });
}

function explain(issue: Issues[number], root: unknown): { path: string; message: string } {
  const path = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
  const { expected, code } = issue as { expected?: unknown; code?: unknown };
  // Zod and its like name the type; the value is named here.
  const named =
    code === "invalid_type" && typeof expected === "string" ? `expected ${withArticle(expected)}` : undefined;
  const message = cut(named ?? String(issue.message), MESSAGE_LENGTH);
  return {
    path: showPath(path),
    message: message.startsWith("is ") ? message : `${message}, got ${valueAt(root, path)}`,
  };
}

function withArticle(name: string): string {
  if (/^(null|undefined|nan|NaN|void|unknown|never|any)$/.test(name)) return name;
  return `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): string {
  let current = root;
  for (const key of path) {
    if (!Array.isArray(current) && !isPlainObject(current)) return showValue(undefined);
    current = Object.hasOwn(current, key) ? (current as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return showValue(current);
}
