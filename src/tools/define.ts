import { UsageError } from "../errors.ts";
import { MalformedSchema } from "./json-schema/prepare.ts";
import { didYouMean } from "./nearest.ts";
import { isStandardSchema, validatorOf } from "./schema.ts";
import { cut, isPlainObject, quote, showValue } from "./show.ts";
import { LIVE, type LiveNamespace, TOOL, type Tool, type ToolContext, type ToolOptions } from "./tool.ts";

const TOOL_OPTIONS = [
  "description",
  "input",
  "output",
  "run",
  "timeoutMs",
  "approval",
  "expiresMs",
  "effect",
  "streams",
  "shown",
] as const;
const EFFECTS = ["once", "idempotent", "verifiable"];
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
const LONGEST_EXPIRY_MS = 8.64e15;

/**
 * Defines a tool. The types of `run` follow from the schemas. Throws `UsageError` for a wrong option or a
 * schema that is malformed; a schema's own checks run at each call.
 */
export function defineTool<I = unknown, O = unknown>(options: ToolOptions<I, O>): Tool<I, O> {
  const { run, ...rest } = readOptions("defineTool", options, TOOL_OPTIONS);
  expectOption(typeof run === "function", "run", "a function", run);
  expectOption(
    rest.description === undefined || typeof rest.description === "string",
    "description",
    "a string",
    rest.description,
  );
  expectOption(isTimeout(rest.timeoutMs), "timeoutMs", `a number above 0, up to ${LONGEST_TIMEOUT_MS}`, rest.timeoutMs);
  const { approval, effect, expiresMs } = rest;
  expectOption(
    approval === undefined || typeof approval === "boolean" || typeof approval === "function",
    "approval",
    "a boolean or a function",
    approval,
  );
  expectOption(
    expiresMs === undefined || (typeof expiresMs === "number" && expiresMs > 0 && expiresMs <= LONGEST_EXPIRY_MS),
    "expiresMs",
    `a number above 0, up to ${LONGEST_EXPIRY_MS}`,
    expiresMs,
  );
  expectOption(effect === undefined || EFFECTS.includes(effect), "effect", `one of ${EFFECTS.join(", ")}`, effect);
  const { streams = isAsyncGenerator(run) } = rest;
  expectOption(typeof streams === "boolean", "streams", "a boolean", streams);
  expectSchema("input", rest.input);
  expectSchema("output", rest.output);
  const shown = rest.shown === undefined ? undefined : readShown(rest.shown);
  const kept = Object.fromEntries(Object.entries({ ...rest, shown }).filter(([, value]) => value !== undefined));
  const defined: ToolOptions<I, O> = {
    ...kept,
    streams,
    ...(typeof approval === "function" && {
      approval: (input: I, context: ToolContext) => approval.call(options, input, context),
    }),
    run: (input, context) => run.call(options, input, context),
  };
  return Object.freeze({ [TOOL]: Object.freeze(defined) });
}

/**
 * A namespace whose tools may change: `version` must grow whenever `tools` gives something else. Once a
 * sandbox uses it, entries that are no tools or have unusable names are passed over. `missing` may give a tool for a
 * call of a name that `tools` does not have, such as one that waits until the names are known.
 */
export function liveNamespace(options: {
  version(): number;
  tools(): Record<string, Tool>;
  missing?(name: string): Tool | undefined;
}): LiveNamespace {
  const { version, tools, missing } = readOptions("liveNamespace", options, ["version", "tools", "missing"] as const);
  expectOption(typeof version === "function", "version", "a function", version);
  expectOption(typeof tools === "function", "tools", "a function", tools);
  expectOption(missing === undefined || typeof missing === "function", "missing", "a function", missing);
  return Object.freeze({
    [LIVE]: Object.freeze({
      version: () => version.call(options),
      tools: () => tools.call(options),
      ...(missing && { missing: (name: string) => missing.call(options, name) }),
    }),
  });
}

/** Whether a value came out of `defineTool`. */
export function isTool(value: unknown): value is Tool {
  return typeof value === "object" && value !== null && Object.hasOwn(value, TOOL);
}

/** Whether a value came out of `liveNamespace`. */
export function isLiveNamespace(value: unknown): value is LiveNamespace {
  return typeof value === "object" && value !== null && Object.hasOwn(value, LIVE);
}

function readOptions<T extends object, K extends keyof T & string>(what: string, options: T, known: readonly K[]): T {
  if (typeof options !== "object" || options === null) {
    throw new UsageError(`Expected the options of ${what} to be an object, got ${showValue(options)}`);
  }
  for (const name of Object.keys(options)) {
    if ((known as readonly string[]).includes(name)) continue;
    const list = known.map((option) => `\`${option}\``).join(", ");
    throw new UsageError(
      `Unknown option ${quote(cut(name, 80))} of ${what}: expected ${list}.${didYouMean(SYNONYMS[name] ?? name, known)}`,
    );
  }
  const read: Partial<T> = {};
  for (const name of known) if (options[name] !== undefined) read[name] = options[name];
  return read as T;
}

/** Whether a function is an async generator function. */
export function isAsyncGenerator(fn: unknown): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncGeneratorFunction]";
}

// What other libraries call the same options.
const SYNONYMS: Readonly<Record<string, string>> = {
  execute: "run",
  handler: "run",
  call: "run",
  parameters: "input",
  inputSchema: "input",
  outputSchema: "output",
  timeout: "timeoutMs",
};

function isTimeout(value: unknown): boolean {
  return value === undefined || (typeof value === "number" && value > 0 && value <= LONGEST_TIMEOUT_MS);
}

function readShown(shown: NonNullable<ToolOptions["shown"]>): NonNullable<ToolOptions["shown"]> {
  expectOption(isPlainObject(shown), "shown", "an object", shown);
  const read = readOptions("the tool option `shown`", shown, ["input", "output"] as const);
  for (const [name, schema] of Object.entries(read)) {
    expectOption(typeof schema === "boolean" || isPlainObject(schema), `shown.${name}`, "a JSON Schema", schema);
  }
  return Object.freeze({ ...read });
}

function expectSchema(option: string, schema: unknown): void {
  if (schema === undefined || isStandardSchema(schema)) return;
  if (isPlainObject(schema) && Object.values(schema).some(isStandardSchema)) {
    throw new UsageError(
      `Expected option \`${option}\` to be a schema, got an object of schemas: wrap it, as in z.object({ … })`,
    );
  }
  const expected = "a Standard Schema or a JSON Schema (an object or a boolean)";
  expectOption(typeof schema === "boolean" || isPlainObject(schema), option, expected, schema);
  try {
    validatorOf(schema);
  } catch (error) {
    if (!(error instanceof MalformedSchema)) throw error;
    throw new UsageError(`Expected the tool option \`${option}\` to be a well-formed JSON Schema: ${error.message}`);
  }
}

function expectOption(fits: boolean, option: string, expected: string, value: unknown): void {
  if (!fits) throw new UsageError(`Expected the option \`${option}\` to be ${expected}, got ${showValue(value)}`);
}
