import { existsSync } from "node:fs";
import { ProtocolError, SdkError, SdkErrorCode } from "@modelcontextprotocol/client";
import { fileVariables, serverEnvironment } from "./environment.ts";
import { type Link, type LinkOptions, negotiationMode, openClient, reasonOf, TimeoutError } from "./link.ts";
import type { McpStdioConfig } from "./server-config.ts";
import { type ProcessEvidence, StdioTransport } from "./stdio.ts";
import { shownCommand } from "./text.ts";

/**
 * Starts a server and opens a connection to it. Unless the era is known, `initialize` goes first: nearly all servers
 * understand it, and none needs a second process then. One that refuses it is started anew in the modern era.
 */
export async function openStdioLink(config: McpStdioConfig, options: LinkOptions): Promise<Link> {
  options.addSecrets(Object.values(fileVariables(config)));
  const env = serverEnvironment(config);
  const deadline = Date.now() + options.timeoutMs;
  const first = config.era === "auto" ? (options.knownEra ?? "legacy") : config.era;
  try {
    return await attempt(config, env, first, options, deadline);
  } catch (error) {
    if (config.era !== "auto" || !isRefusal(error)) throw error;
    return await attempt(config, env, first === "legacy" ? "modern" : "legacy", options, deadline);
  }
}

async function attempt(
  config: McpStdioConfig,
  env: Record<string, string>,
  era: "legacy" | "modern",
  options: LinkOptions,
  deadline: number,
): Promise<Link> {
  const { command, args, cwd } = config;
  const transport = new StdioTransport({ command, args, env, cwd }, options);
  try {
    const client = await openClient(transport, negotiationMode(era), options, Math.max(1, deadline - Date.now()));
    return {
      client,
      kind: "stdio",
      hasSession: false,
      ending: () => endingOf(transport.evidence, options),
      close: () => transport.close(),
    };
  } catch (error) {
    if ((error as { code?: unknown }).code === "NOT_SENT") await transport.settle();
    const failure = new Error(startFailure(error, config, transport.evidence, options), { cause: error });
    options.onLeftover(transport.close());
    throw failure;
  }
}

function isRefusal(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof ProtocolError) return true;
  if (cause instanceof SdkError) return cause.code === SdkErrorCode.EraNegotiationFailed;
  return cause instanceof Error && cause.message.includes("protocol version is not supported");
}

function startFailure(error: unknown, config: McpStdioConfig, evidence: ProcessEvidence, options: LinkOptions): string {
  const parts = [
    whatHappened(error, config, evidence, options),
    `ran: ${options.shown(shownCommand(config.command, config.args), 300)}`,
    ...lastWords(evidence, options),
  ];
  return parts.join("; ");
}

function whatHappened(error: unknown, config: McpStdioConfig, evidence: ProcessEvidence, options: LinkOptions): string {
  if (evidence.exit !== undefined) return `${exitOf(evidence.exit)} before it answered`;
  const { code } = error as { code?: unknown };
  if (error instanceof TimeoutError || code === SdkErrorCode.RequestTimeout)
    return new TimeoutError(options.timeoutMs).message;
  if (code === "ENOENT" && config.cwd !== undefined && !existsSync(config.cwd)) {
    return `could not be started: there is no folder ${options.shown(config.cwd, 200)}`;
  }
  if (code === "ENOENT") return "could not be started: the command was not found";
  return `could not be started: ${options.shown(reasonOf(error), 600)}`;
}

/** Why a server that had started is gone. */
function endingOf(evidence: ProcessEvidence, options: LinkOptions): string {
  const ending = evidence.exit === undefined ? "closed its output" : exitOf(evidence.exit);
  return [ending, ...lastWords(evidence, options)].join("; ");
}

function exitOf({ code, signal }: NonNullable<ProcessEvidence["exit"]>): string {
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
}

function lastWords({ garbage, stderr }: ProcessEvidence, { shown }: LinkOptions): string[] {
  const words: string[] = [];
  if (garbage !== undefined) words.push(`its standard output is not JSON-RPC: "${shown(garbage, 120)}"`);
  if (stderr.length > 0) words.push(`its standard error: "${stderr.map((line) => shown(line, 200)).join("\\n")}"`);
  return words;
}
