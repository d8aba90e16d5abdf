import { type Client, SdkHttpError, SSEClientTransport } from "@modelcontextprotocol/client";
import { type McpFetch, openFetch } from "./fetch.ts";
import { HttpTransport } from "./http-transport.ts";
import {
  type Link,
  type LinkOptions,
  negotiationMode,
  openClient,
  reasonOf,
  TimeoutError,
  withinTime,
} from "./link.ts";
import type { McpHttpConfig } from "./server-config.ts";
import { shownUrl, urlSecrets } from "./text.ts";

const GOODBYE_MS = 1_000;

/**
 * Opens a connection to a server at a URL. Unless the era is known, the modern one is asked for first; a server that
 * fails at that (some answer 500) is asked again as a legacy one.
 */
export async function openHttpLink(config: McpHttpConfig, options: LinkOptions): Promise<Link> {
  const connections = await openFetch(options.env);
  options.addSecrets(connections.proxies.flatMap(urlSecrets));
  const deadline = Date.now() + options.timeoutMs;
  const first = firstEra(config, options);
  try {
    return await attempt(config, connections, first, options, deadline).catch((error: unknown) => {
      if (first !== "auto" || isDenied(error)) throw error;
      return attempt(config, connections, "legacy", options, deadline);
    });
  } catch (error) {
    options.onLeftover(connections.close());
    throw new Error(`${whatHappened(error, options)}; asked: ${options.shown(shownUrl(config.url), 200)}`, {
      cause: error,
    });
  }
}

function firstEra(config: McpHttpConfig, options: LinkOptions): "legacy" | "modern" | "auto" {
  if (config.type === "sse") return "legacy"; // the modern era has no such transport
  return config.era === "auto" && options.knownEra === "legacy" ? "legacy" : config.era;
}

async function attempt(
  config: McpHttpConfig,
  connections: McpFetch,
  era: "legacy" | "modern" | "auto",
  options: LinkOptions,
  deadline: number,
): Promise<Link> {
  const Transport = config.type === "sse" ? SSEClientTransport : HttpTransport;
  const { url, headers } = requestTarget(config);
  const transport = new Transport(url, { fetch: connections.fetch, requestInit: { headers } });
  try {
    const client = await openClient(transport, negotiationMode(era), options, Math.max(1, deadline - Date.now()));
    return {
      client,
      kind: "http",
      hasSession: transport instanceof HttpTransport && transport.sessionId !== undefined,
      ending: () => "lost its connection",
      close: () => closeHttp(client, transport, connections),
    };
  } catch (error) {
    options.onLeftover(transport.close());
    throw error;
  }
}

/** `fetch` refuses a URL with user and password: they become the header that they stand for. */
function requestTarget(config: McpHttpConfig): { url: URL; headers: Record<string, string> } {
  const url = new URL(config.url);
  const headers = { ...config.headers };
  const hasHeader = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  if ((url.username !== "" || url.password !== "") && !hasHeader) {
    const bytes = new TextEncoder().encode(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`);
    headers.Authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  }
  url.username = "";
  url.password = "";
  return { url, headers };
}

async function closeHttp(
  client: Client,
  transport: SSEClientTransport | HttpTransport,
  connections: McpFetch,
): Promise<void> {
  // A server keeps a session until it is told; one that doesn't listen must not hold us up.
  if (transport instanceof HttpTransport && transport.sessionId !== undefined) {
    await withinTime(transport.terminateSession(), GOODBYE_MS).catch(() => {});
  }
  await client.close().catch(() => {});
  await connections.close().catch(() => {});
}

function isDenied(error: unknown): boolean {
  return error instanceof SdkHttpError && (error.status === 401 || error.status === 403);
}

function whatHappened(error: unknown, { timeoutMs, shown }: LinkOptions): string {
  if (error instanceof TimeoutError) return new TimeoutError(timeoutMs).message;
  if (!(error instanceof SdkHttpError)) return `could not be reached: ${shown(reasonOf(error), 600)}`;
  const text = error.data.text;
  const body = typeof text === "string" && text !== "" ? `: "${shown(text, 200)}"` : "";
  const hint = isDenied(error) ? " (are the headers right?)" : "";
  return `answered HTTP ${error.status}${hint}${body}`;
}
