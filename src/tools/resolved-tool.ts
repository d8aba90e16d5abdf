import { UsageError } from "../errors.ts";
import { isAsyncGenerator } from "./define.ts";
import { checkAbsent, checkValue, isStandardSchema, validatorOf } from "./schema.ts";
import {
  type JsonSchema,
  type PlainFunction,
  type Schema,
  TOOL,
  type Tool,
  type ToolContext,
  type ToolEffect,
} from "./tool.ts";

/** A tool as the sandbox calls it: its full name, its checks, and what to show of it. */
export interface ResolvedTool {
  /** `github.listIssues`; `getWeather` for a bare global function. */
  readonly name: string;
  /** A plain function of the host: its input is the array of the guest's arguments. */
  readonly plain: boolean;
  /** Whether it is known to stream: its output is then one part. */
  readonly streams: boolean;
  readonly description?: string;
  /** The input as a JSON Schema, for showing; absent where the tool's schema can't say. */
  readonly inputSchema?: JsonSchema | undefined;
  /** The output as a JSON Schema, for showing; absent where the tool's schema can't say. */
  readonly outputSchema?: JsonSchema | undefined;
  readonly timeoutMs?: number;
  readonly expiresMs?: number;
  readonly effect?: ToolEffect;
  /** Whether a call of this input needs an approval; absent where none ever does. */
  needsApproval?(input: unknown, context: ToolContext): boolean | Promise<boolean>;
  /** The guest's argument array in, the tool's input out. Throws `CallError` `invalid_input`. */
  readInput(args: readonly unknown[]): unknown | Promise<unknown>;
  /** The tool's answer in, the checked answer out. Throws `CallError` `invalid_output`. */
  readOutput(value: unknown): unknown | Promise<unknown>;
  /** Calls the function of the host; what it throws is thrown. */
  run(input: unknown, context: ToolContext): unknown;
}

/** The tool behind an entry of a tool tree, under its full name. */
export function resolveTool(name: string, entry: Tool | PlainFunction): ResolvedTool {
  if (typeof entry === "function" && isClass(entry)) {
    throw new UsageError(`\`${name}\` is a class, which can't be called: give a function that makes one`);
  }
  return typeof entry === "function" ? new FunctionTool(name, entry) : new DefinedTool(name, entry);
}

/** Only a class has a prototype that can't be replaced and a source that says so. */
function isClass(entry: PlainFunction): boolean {
  const fixed = Object.getOwnPropertyDescriptor(entry, "prototype")?.writable === false;
  return fixed && /^class\b/.test(Function.prototype.toString.call(entry));
}

class FunctionTool implements ResolvedTool {
  readonly name: string;
  readonly plain = true;
  readonly #function: PlainFunction;

  constructor(name: string, entry: PlainFunction) {
    this.name = name;
    this.#function = entry;
  }

  get streams(): boolean {
    return isAsyncGenerator(this.#function);
  }

  readInput(args: readonly unknown[]): unknown {
    return args;
  }

  readOutput(value: unknown): unknown {
    return value;
  }

  run(input: unknown): unknown {
    // Called bare, so that no object of ours becomes its `this`.
    const call = this.#function;
    return call(...(input as unknown[]));
  }
}

class DefinedTool implements ResolvedTool {
  readonly name: string;
  readonly plain = false;
  declare readonly description?: string;
  declare readonly timeoutMs?: number;
  declare readonly expiresMs?: number;
  declare readonly effect?: ToolEffect;
  declare readonly needsApproval?: (input: unknown, context: ToolContext) => boolean | Promise<boolean>;
  readonly #tool: Tool;

  constructor(name: string, tool: Tool) {
    this.name = name;
    this.#tool = tool;
    const { approval, description, effect, expiresMs, timeoutMs } = tool[TOOL];
    if (description !== undefined) this.description = description;
    if (timeoutMs !== undefined) this.timeoutMs = timeoutMs;
    if (expiresMs !== undefined) this.expiresMs = expiresMs;
    if (effect !== undefined) this.effect = effect;
    if (typeof approval === "function") this.needsApproval = approval;
    else if (approval) this.needsApproval = () => true;
  }

  get streams(): boolean {
    return this.#tool[TOOL].streams ?? false;
  }

  // Getters, since a table is made often and asked for schemas seldom.
  get inputSchema(): JsonSchema | undefined {
    return shownSchemas(this.#tool).input;
  }

  get outputSchema(): JsonSchema | undefined {
    return shownSchemas(this.#tool).output;
  }

  readInput(args: readonly unknown[]): unknown | Promise<unknown> {
    const { input } = this.#tool[TOOL];
    const value = args[0];
    if (input === undefined) return value;
    const subject = { title: `Input of ${this.name}`, code: "invalid_input" } as const;
    return value === undefined
      ? checkAbsent(validatorOf(input), subject)
      : checkValue(validatorOf(input), value, subject);
  }

  readOutput(value: unknown): unknown | Promise<unknown> {
    const { output } = this.#tool[TOOL];
    if (output === undefined) return value;
    return checkValue(validatorOf(output), value, { title: `Output of ${this.name}`, code: "invalid_output" });
  }

  run(input: unknown, context: ToolContext): unknown {
    return this.#tool[TOOL].run(input, context);
  }
}

interface ShownSchemas {
  readonly input: JsonSchema | undefined;
  readonly output: JsonSchema | undefined;
}

const shownSchemasOf = new WeakMap<Tool, ShownSchemas>();

function shownSchemas(tool: Tool): ShownSchemas {
  const known = shownSchemasOf.get(tool);
  if (known) return known;
  const { shown, input, output } = tool[TOOL];
  const schemas = {
    input: shown?.input ?? asJsonSchema(input, "input"),
    output: shown?.output ?? asJsonSchema(output, "output"),
  };
  shownSchemasOf.set(tool, schemas);
  return schemas;
}

function asJsonSchema(schema: Schema | undefined, side: "input" | "output"): JsonSchema | undefined {
  if (!isStandardSchema(schema)) return schema;
  try {
    return schema["~standard"].jsonSchema?.[side]({ target: "draft-2020-12" });
  } catch {
    // A library throws for what JSON Schema can't say, such as the outcome of a transform.
    return undefined;
  }
}
