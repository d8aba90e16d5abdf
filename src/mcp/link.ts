import { Client, type Transport, type VersionNegotiationMode } from "@modelcontextprotocol/client";

/** The revision that `era: "modern"` asks for. */
const MODERN_REVISION = "2026-07-28";

/** An open connection to one server. */
export interface Link {
  readonly client: Client;
  readonly kind: "stdio" | "http";
  /** True if the server may have forgotten a session that it once gave us. */
  readonly hasSession: boolean;
  /** Why it ended, once it has. */
  ending(): string;
  /** Ends it; for a process resolves when its whole tree is gone. */
  close(): Promise<void>;
}

/** What opening a link needs beside the server's configuration. */
export interface LinkOptions {
  readonly clientInfo: { readonly name: string; readonly version: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The era that this server spoke before. */
  readonly knownEra: "legacy" | "modern" | undefined;
  readonly timeoutMs: number;
  /** Gives up the opening. */
  readonly signal: AbortSignal;
  readonly onStderr: ((line: string) => void) | undefined;
  /** Takes values that must not be shown. */
  readonly addSecrets: (values: readonly string[]) => void;
  /** A text of a stranger made fit to show: secrets hidden, then cut, so that no cut leaves the half of one. */
  readonly shown: (text: string, limit?: number) => string;
  /** Takes the ending of an attempt that failed, to be waited for when all is closed. */
  readonly onLeftover: (ending: Promise<unknown>) => void;
}

/** The SDK's word for an era. */
export function negotiationMode(era: "legacy" | "modern" | "auto"): VersionNegotiationMode {
  return era === "modern" ? { pin: MODERN_REVISION } : era;
}

/** Runs the opening exchange of the protocol; rejects if it is not over within `timeoutMs`. Declares no capabilities. */
export async function openClient(
  transport: Transport,
  mode: VersionNegotiationMode,
  options: LinkOptions,
  timeoutMs: number,
): Promise<Client> {
  const { clientInfo } = options;
  const probe = { timeoutMs: Math.ceil(timeoutMs / 2) }; // leaves time for the other era
  const client = new Client(clientInfo, { capabilities: {}, versionNegotiation: { mode, probe } });
  await withinTime(client.connect(transport, { timeout: timeoutMs }), timeoutMs, options.signal);
  return client;
}

/** Rejects with a TimeoutError if the promise isn't settled in time, and with the signal's reason if that aborts. */
export async function withinTime<T>(promise: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> {
  promise.catch(() => {});
  signal?.throwIfAborted();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(ms)), ms);
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener("abort", onAbort);
  }
}

/** Nothing came in time. */
export class TimeoutError extends Error {
  override readonly name: string = "TimeoutError";

  constructor(ms: number) {
    super(`gave no answer within ${ms} ms`);
  }
}

/** The message of an error with those of its causes, such as "fetch failed: connect ECONNREFUSED 127.0.0.1:9"; as it stands. */
export function reasonOf(error: unknown): string {
  const reasons: string[] = [];
  for (let at = error; at instanceof Error && reasons.length < 4; at = at.cause) {
    const code = (at as NodeJS.ErrnoException).code;
    const text = at.message === "" && typeof code === "string" ? code : at.message;
    if (text !== "" && !reasons.includes(text)) reasons.push(text);
  }
  return reasons.join(": ") || String(error);
}
