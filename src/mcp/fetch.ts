import type { FetchLike } from "@modelcontextprotocol/client";

/** A `fetch` with its own connections, which `close` ends. */
export interface McpFetch {
  readonly fetch: FetchLike;
  /** The URLs of the proxies in use; they may hold passwords. */
  readonly proxies: readonly string[];
  close(): Promise<void>;
}

/**
 * On Node, a fetch that goes through HTTPS_PROXY, HTTP_PROXY and NO_PROXY and leaves all timing to the caller; on
 * other runtimes their own, which looks after proxies itself. NODE_EXTRA_CA_CERTS is read by Node.
 */
export async function openFetch(env: Readonly<Record<string, string | undefined>>): Promise<McpFetch> {
  if (!isNode()) return { fetch: (url, init) => globalThis.fetch(url, init), proxies: [], close: async () => {} };
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  const httpProxy = proxyUrl(env.http_proxy ?? env.HTTP_PROXY);
  const httpsProxy = proxyUrl(env.https_proxy ?? env.HTTPS_PROXY);
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy,
    httpsProxy,
    noProxy: env.no_proxy ?? env.NO_PROXY ?? "",
    // A call may wait longer for its answer than undici's 300 s; timeouts of calls are ours.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const through = (url: string | URL, init?: RequestInit): Promise<unknown> =>
    fetch(url, { ...(init as object), dispatcher });
  return { fetch: through as FetchLike, proxies: [httpProxy, httpsProxy], close: () => dispatcher.destroy() };
}

/** As curl takes it: "proxy:8080" stands for "http://proxy:8080". */
function proxyUrl(value = ""): string {
  return value === "" || value.includes("://") ? value : `http://${value}`;
}

function isNode(): boolean {
  const versions = globalThis.process?.versions;
  return versions?.node !== undefined && versions.bun === undefined && !("Deno" in globalThis);
}
