import { UsageError } from "../errors.ts";
import { decode, encode } from "../values/index.ts";
import { isTool } from "./define.ts";
import { MalformedSchema } from "./json-schema/prepare.ts";
import { nameProblem } from "./names.ts";
import { isStandardSchema, validatorOf } from "./schema.ts";
import { cut, isPlainObject, quote, showValue } from "./show.ts";
import type { JsonSchema, PlainFunction, Tool } from "./tool.ts";
import { type ObjectShape, plainProblem, writeProblem } from "./write.ts";

/** One property of a host object. Its value is plain data: primitives, arrays and plain objects of them. */
export interface HostProperty {
  /** What it is at first. Default undefined. */
  value?: unknown;
  /** What may be assigned to it. A JSON Schema: it is checked where the program runs. */
  schema?: JsonSchema;
  /** Whether programs may assign to it. Default false. */
  writable?: boolean;
}

/** What a program wrote to a host object. */
export interface HostWrite {
  /** Where the program found the object, such as `user`. */
  readonly object: string;
  readonly property: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly runId: string;
}

/** Options of `hostObject`. */
export interface HostObjectOptions {
  properties: Record<string, HostProperty>;
  /** Functions that stand beside the properties; each is a tool in all respects. */
  // biome-ignore lint/suspicious/noExplicitAny: tools of different inputs stand side by side
  tools?: Record<string, PlainFunction | Tool<any, any>>;
  /** Told of each write, in order, before the next call of a tool starts. What it throws ends the run. */
  onWrite?: (write: HostWrite) => void;
}

const HOST_OBJECT: unique symbol = Symbol.for("tardigrade.hostObject");

/** An object of the host that programs find in `globals`; its values are those that the latest write left. */
export interface HostObject {
  readonly [HOST_OBJECT]: HostObjectState;
  /** The value of a property: a copy. Throws UsageError for a name it does not have. */
  get(name: string): unknown;
  /** All values by name: copies. */
  readonly values: Record<string, unknown>;
}

/** What runs need of a host object. */
export interface HostObjectState {
  readonly properties: ObjectShape["properties"];
  readonly tools: Readonly<Record<string, unknown>>;
  /** The latest values, as texts. */
  readonly texts: Map<string, string>;
  readonly onWrite: ((write: HostWrite) => void) | undefined;
}

/**
 * An object whose properties programs read, and write where they may: each assignment is checked inside the machine and
 * throws there if it is wrong. Give it to a sandbox or a run in `globals`. Throws UsageError.
 */
export function hostObject(options: HostObjectOptions): HostObject {
  if (!isPlainObject(options)) throw new UsageError(`Expected the options of hostObject, got ${showValue(options)}`);
  refuseUnknown("hostObject", options, ["properties", "tools", "onWrite"]);
  const { onWrite, properties, tools = {} } = options;
  if (!isPlainObject(properties)) throw wrong("properties", "an object", properties);
  if (!isPlainObject(tools)) throw wrong("tools", "an object", tools);
  if (onWrite !== undefined && typeof onWrite !== "function") throw wrong("onWrite", "a function", onWrite);
  const shapes: Record<string, ObjectShape["properties"][string]> = Object.create(null);
  const texts = new Map<string, string>();
  for (const name of Object.keys(properties)) {
    const { shape, text } = readProperty(name, properties[name]);
    shapes[name] = shape;
    texts.set(name, text);
  }
  for (const name of Object.keys(tools)) checkTool(name, tools[name], texts);
  return handle({
    properties: Object.freeze(shapes),
    tools: Object.freeze({ ...tools }),
    texts,
    onWrite: onWrite && ((write) => onWrite.call(options, write)),
  });
}

/** Whether a value came out of `hostObject`. */
export function isHostObject(value: unknown): value is HostObject {
  return typeof value === "object" && value !== null && Object.hasOwn(value, HOST_OBJECT);
}

/** What runs need of a host object. */
export function hostObjectState(object: HostObject): HostObjectState {
  return object[HOST_OBJECT];
}

function handle(state: HostObjectState): HostObject {
  const get = (name: string): unknown => {
    const text = state.texts.get(name);
    if (text === undefined) throw new UsageError(`The host object has no property ${quote(cut(String(name), 80))}`);
    return decode(text);
  };
  return Object.freeze({
    [HOST_OBJECT]: state,
    get,
    get values() {
      return Object.fromEntries([...state.texts.keys()].map((name) => [name, get(name)]));
    },
  });
}

function readProperty(name: string, property: unknown): { shape: ObjectShape["properties"][string]; text: string } {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new UsageError(`hostObject: the property ${quote(cut(name, 80))} ${problem}`);
  if (!isPlainObject(property)) throw wrong(`properties.${name}`, "an object such as { value, writable }", property);
  refuseUnknown(`the property ${quote(name)}`, property, ["value", "schema", "writable"]);
  const { schema, value, writable = false } = property;
  if (typeof writable !== "boolean") throw wrong(`properties.${name}.writable`, "a boolean", writable);
  const copied = schema === undefined ? {} : { schema: readSchema(name, schema) };
  const text = readValue(name, value);
  const path = "properties";
  const unfit =
    value === undefined
      ? undefined
      : writeProblem({ path, properties: { [name]: { ...copied, writable: true } } }, name, text);
  if (unfit !== undefined) throw new UsageError(`hostObject: ${unfit}`);
  return { shape: Object.freeze({ writable, ...copied }), text };
}

/** Its own copy, and plain data: it goes where the program runs, which may be another thread. */
function readSchema(name: string, schema: unknown): JsonSchema {
  const option = `properties.${name}.schema`;
  // What z.toJSONSchema makes is JSON Schema, with a hidden "~standard".
  if (isStandardSchema(schema) && !(isPlainObject(schema) && !Object.keys(schema).includes("~standard"))) {
    throw new UsageError(
      `Expected the option \`${option}\` to be a JSON Schema: writes are checked where the program runs, which a Standard Schema cannot reach; with Zod pass z.toJSONSchema(schema)`,
    );
  }
  if (typeof schema !== "boolean" && !isPlainObject(schema)) throw wrong(option, "a JSON Schema", schema);
  try {
    const copy = JSON.parse(JSON.stringify(schema)) as JsonSchema;
    validatorOf(copy);
    return copy;
  } catch (error) {
    const why = error instanceof MalformedSchema ? error.message : `it is no plain data (${cut(String(error), 200)})`;
    throw new UsageError(`Expected the option \`${option}\` to be a well-formed JSON Schema: ${why}`);
  }
}

function readValue(name: string, value: unknown): string {
  try {
    const text = encode(value);
    const problem = plainProblem(decode(text));
    if (problem === undefined) return text;
    throw new Error(problem);
  } catch (error) {
    throw new UsageError(
      `hostObject: the value of ${quote(name)} is no plain data: ${cut(String((error as Error).message), 200)}`,
    );
  }
}

function checkTool(name: string, tool: unknown, properties: ReadonlyMap<string, unknown>): void {
  if (properties.has(name)) throw new UsageError(`hostObject: ${quote(name)} is both a property and a tool`);
  if (typeof tool !== "function" && !isTool(tool)) throw wrong(`tools.${name}`, "a function or a defined tool", tool);
}

function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`Unknown option ${quote(cut(unknown, 80))} of ${what}: expected ${known.join(", ")}`);
}

function wrong(option: string, expected: string, value: unknown): UsageError {
  return new UsageError(`hostObject: expected \`${option}\` to be ${expected}, got ${showValue(value)}`);
}
