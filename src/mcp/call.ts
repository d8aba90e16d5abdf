import { ProtocolError, SdkError, SdkErrorCode } from "@modelcontextprotocol/client";
import { CallError } from "../errors.ts";
import type { ToolContext } from "../tools/index.ts";
import { McpConnectionError, McpProtocolError } from "./errors.ts";
import { type Link, reasonOf } from "./link.ts";
import { isResult, unwrapResult } from "./result.ts";
import { printable } from "./text.ts";
import { brokeOff, callUpstream, neverBegan, type UpstreamTool } from "./upstream.ts";

/** JSON-RPC's number for a failure on the other side. */
const INVALID_RESULT = -32_603;

/** What a call needs of its server. */
export interface Callee {
  readonly name: string;
  /** The server in a message: `MCP server "github"`. */
  readonly title: string;
  readonly timeoutMs: number;
  /** The open link; starts the server if need be. */
  ready(): Promise<Link>;
  /** Told that a link turned out to be dead. */
  lose(link: Link): void;
  /** A text without secrets and unprintable characters. */
  shown(text: string, limit?: number): string;
}

/**
 * Calls a tool of a server and gives what its result means. A call that certainly never began, since the server had
 * died or forgotten us, is made once more on a new link; one that broke off is `outcome_unknown`.
 */
export async function callTool(
  callee: Callee,
  tool: UpstreamTool,
  input: Record<string, unknown>,
  context: ToolContext,
): Promise<unknown> {
  const result = await exchange(callee, tool, input, context);
  const called = { server: callee.name, tool: tool.name };
  if (isResult(result)) return unwrapResult(result, called);
  const answer = callee.shown((JSON.stringify(result) ?? "nothing").slice(0, 2_000), 200);
  const message = `${callee.title} answered the call of ${printable(tool.name, 100)} with what is no result: ${answer}`;
  throw new McpProtocolError(INVALID_RESULT, message, called);
}

async function exchange(
  callee: Callee,
  tool: UpstreamTool,
  input: Record<string, unknown>,
  context: ToolContext,
): Promise<unknown> {
  for (let isLast = false; ; isLast = true) {
    const link = await abortable(callee.ready(), context.signal);
    try {
      return await callUpstream(link, tool, input, context, callee.timeoutMs);
    } catch (error) {
      if (context.signal.aborted) throw context.signal.reason;
      const isDead = neverBegan(error, link);
      if (isDead) callee.lose(link);
      if (isLast || !isDead) throw callFailure(error, callee, link, tool);
    }
  }
}

function callFailure(error: unknown, callee: Callee, link: Link, tool: UpstreamTool): unknown {
  const data = { server: callee.name, tool: tool.name };
  const call = `the call of ${printable(tool.name, 100)}`;
  if (neverBegan(error, link)) return connectionError(error, callee);
  if (brokeOff(error)) {
    const ending = link.kind === "stdio" ? link.ending() : `lost its connection: ${reasonOf(error)}`;
    return new CallError("outcome_unknown", `${callee.title} ${callee.shown(ending)}, during ${call}`, data);
  }
  if (error instanceof ProtocolError) {
    const details = error.data === undefined ? {} : { details: error.data };
    return new McpProtocolError(error.code, callee.shown(error.message), { ...data, ...details });
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
    return new CallError("call_timeout", `${callee.title}: ${call} gave no answer within ${callee.timeoutMs} ms`, data);
  }
  return error instanceof SdkError ? connectionError(error, callee) : error;
}

function connectionError(error: unknown, callee: Callee): McpConnectionError {
  return new McpConnectionError(`${callee.title}: ${callee.shown(reasonOf(error))}`, { server: callee.name });
}

/** The promise, but rejects with the signal's reason as soon as that aborts. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {});
  signal.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
