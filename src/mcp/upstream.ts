import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import type { JsonSchema, ToolContext } from "../tools/index.ts";
import { BROKEN_OFF } from "./http-transport.ts";
import type { Link } from "./link.ts";

const MOST_PAGES = 200;

/** A tool as its server describes it; only the name is certain. */
export interface UpstreamTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema?: JsonSchema;
  readonly outputSchema?: JsonSchema;
  /** True if the server runs it only as a task, which plain calls cannot do. */
  readonly needsTask: boolean;
}

// The SDK's own schemas refuse a whole list for one tool that is slightly wrong, and a result for one odd block.
const ANYTHING = {
  "~standard": { version: 1 as const, vendor: "tardigrade", validate: (value: unknown) => ({ value }) },
};

/** All tools of a server, from all pages; entries without a name are left out. */
export async function listTools(link: Link, timeoutMs: number): Promise<UpstreamTool[]> {
  if (link.client.getServerCapabilities()?.tools === undefined) return [];
  const tools = new Map<string, UpstreamTool>();
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? {} : { cursor };
    const answer = await link.client.request({ method: "tools/list", params }, ANYTHING, { timeout: timeoutMs });
    const page = readPage(answer);
    for (const tool of page.tools) tools.set(tool.name, tool);
    // A cursor that comes again, or pages without an end, are a server's mistake; what came is used.
    cursor = page.nextCursor === undefined || seen.has(page.nextCursor) ? undefined : page.nextCursor;
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined && seen.size < MOST_PAGES);
  return [...tools.values()];
}

/** Sends one call; progress goes to the context, its signal cancels the call at the server. */
export async function callUpstream(
  link: Link,
  tool: UpstreamTool,
  input: Record<string, unknown>,
  context: Pick<ToolContext, "signal" | "progress">,
  timeoutMs: number,
): Promise<unknown> {
  const params = { name: tool.name, arguments: input };
  const options = {
    signal: context.signal,
    timeout: timeoutMs,
    resetTimeoutOnProgress: true,
    onprogress: (progress: unknown) => context.progress(progress),
  };
  if (mirrorsHeaders(link, tool)) {
    // Only `callTool` sends such arguments as headers too; without an output schema it does not check the answer.
    const toolDefinition = { name: tool.name, inputSchema: tool.inputSchema as { type: "object" } };
    return await link.client.callTool(params, { ...options, toolDefinition });
  }
  return await link.client.request({ method: "tools/call", params }, ANYTHING, options);
}

/** Whether a failed call certainly never began, because the server had ended or forgotten our session. */
export function neverBegan(error: unknown, link: Link): boolean {
  if (error instanceof SdkHttpError) return link.hasSession && isSessionLoss(error);
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (code === "NOT_SENT" || code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "EAI_AGAIN") return true;
  }
  return error instanceof Error && error.message === "Not connected";
}

/** Whether the connection broke while the call was under way, so that nobody knows how it went. */
export function brokeOff(error: unknown): boolean {
  if (error instanceof ProtocolError) return error.data === BROKEN_OFF;
  if (error instanceof SdkError)
    return error.code === SdkErrorCode.ConnectionClosed || error.code === SdkErrorCode.SendFailed;
  return error instanceof TypeError && error.cause !== undefined; // of fetch
}

/** 404 by the specification; many servers say 400 instead, which others say for a wrong request. */
function isSessionLoss(error: SdkHttpError): boolean {
  return error.status === 404 || (error.status === 400 && /session/i.test(String(error.data.text)));
}

function mirrorsHeaders(link: Link, tool: UpstreamTool): boolean {
  if (link.kind !== "http" || link.client.getProtocolEra() !== "modern") return false;
  return JSON.stringify(tool.inputSchema ?? {}).includes('"x-mcp-header"');
}

function readPage(answer: unknown): { tools: UpstreamTool[]; nextCursor: string | undefined } {
  const { tools, nextCursor } = asObject(answer);
  const listed = Array.isArray(tools) ? tools.map(readTool).filter((tool) => tool !== undefined) : [];
  return { tools: listed, nextCursor: typeof nextCursor === "string" && nextCursor !== "" ? nextCursor : undefined };
}

function readTool(value: unknown): UpstreamTool | undefined {
  const { name, title, description, inputSchema, outputSchema, execution } = asObject(value);
  if (typeof name !== "string" || name === "") return undefined;
  return {
    name,
    ...(typeof title === "string" && { title }),
    ...(typeof description === "string" && { description }),
    ...(isSchema(inputSchema) && { inputSchema }),
    ...(isSchema(outputSchema) && { outputSchema }),
    needsTask: asObject(execution).taskSupport === "required",
  };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value));
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
