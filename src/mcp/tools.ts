import picomatch from "picomatch";
import {
  defineTool,
  identifierAlias,
  lenientSchema,
  type StandardSchema,
  type Tool,
  type ToolContext,
} from "../tools/index.ts";
import { jsonProblem } from "./json.ts";
import type { UpstreamTool } from "./upstream.ts";

/** A tool that a server has and code cannot call, with the reason. */
export interface HiddenTool {
  readonly name: string;
  readonly reason: "denied by the configuration" | "not allowed by the configuration" | "runs only as a task";
}

/** The tools of one server as code sees them, by alias, and those it does not see. */
export interface ToolSet {
  readonly tools: Record<string, Tool>;
  readonly hidden: readonly HiddenTool[];
}

/** How a call of an upstream tool is made. */
export type CallTool = (tool: UpstreamTool, input: Record<string, unknown>, context: ToolContext) => Promise<unknown>;

/**
 * Makes tools of what a server lists. Aliases are drawn from all its names before any is hidden, so that a change of
 * `allow` or `deny` renames nothing.
 */
export function createToolSet(
  upstream: readonly UpstreamTool[],
  filter: { allow?: readonly string[]; deny?: readonly string[] },
  call: CallTool,
): ToolSet {
  const aliases = identifierAlias(upstream.map((tool) => tool.name));
  const allowed = filter.allow === undefined ? () => true : matcher(filter.allow);
  const denied = matcher(filter.deny ?? []);
  const tools: Record<string, Tool> = Object.create(null);
  const hidden: HiddenTool[] = [];
  for (const tool of [...upstream].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const alias = aliases.get(tool.name) ?? tool.name;
    const names = [tool.name, alias];
    if (denied(names)) hidden.push({ name: tool.name, reason: "denied by the configuration" });
    else if (!allowed(names)) hidden.push({ name: tool.name, reason: "not allowed by the configuration" });
    else if (tool.needsTask) hidden.push({ name: tool.name, reason: "runs only as a task" });
    else tools[alias] = toTool(tool, call);
  }
  return { tools, hidden };
}

/** Whether one of the names, the server's own or the alias, matches one of the globs. */
function matcher(globs: readonly string[]): (names: readonly string[]) => boolean {
  // A slash is an ordinary character of a name: `*` must not stop at it.
  const flat = (text: string): string => text.replaceAll("/", "\u2215");
  const matchers = globs.map((glob) => picomatch(flat(glob), { dot: true, windows: false }));
  return (names) => names.some((name) => matchers.some((matches) => matches(flat(name))));
}

function toTool(tool: UpstreamTool, call: CallTool): Tool {
  const description = tool.description ?? tool.title;
  const { inputSchema, outputSchema } = tool;
  return defineTool({
    ...(description !== undefined && { description }),
    input: argumentsSchema(tool),
    shown: {
      ...(inputSchema !== undefined && { input: inputSchema }),
      ...(outputSchema !== undefined && { output: outputSchema }),
    },
    run: (input, context) => call(tool, input, context),
  });
}

/** The protocol knows arguments by name only; a call without any passes `{}`. */
function argumentsSchema(tool: UpstreamTool): StandardSchema<Record<string, unknown>> {
  const inner = lenientSchema(tool.inputSchema ?? true)["~standard"];
  const validate: StandardSchema<Record<string, unknown>>["~standard"]["validate"] = (value) => {
    const input = value ?? {};
    if (typeof input !== "object" || Array.isArray(input))
      return { issues: [{ message: "expected an object of arguments" }] };
    const problem = jsonProblem(input);
    if (problem !== undefined) return { issues: [problem] };
    return inner.validate(input) as ReturnType<typeof validate>;
  };
  return { "~standard": { version: 1, vendor: "tardigrade", validate } };
}
