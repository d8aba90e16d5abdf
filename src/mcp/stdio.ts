import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { createLineReader } from "./lines.ts";
import { endGroup, guardGroup } from "./process-groups.ts";
import { type ServerCommand, spawnServer } from "./spawn.ts";

const DRAIN_MS = 200;
const LONGEST_MESSAGE = 64 * 1024 * 1024;
const LONGEST_STDERR_LINE = 64 * 1024;
const KEPT_STDERR_LINES = 12;

/** Who hears a server's standard error. */
interface StderrListener {
  readonly onStderr?: ((line: string) => void) | undefined;
}

/** What is known about a server process for an error message. */
export interface ProcessEvidence {
  /** How it ended, unless we ended it. */
  readonly exit?: { readonly code: number | null; readonly signal: string | null };
  readonly stderr: readonly string[];
  /** The first line on standard output that is no JSON-RPC message. */
  readonly garbage?: string;
}

/** The server had ended before a message could reach it. */
class NotSentError extends Error {
  readonly code = "NOT_SENT";

  constructor(cause?: Error) {
    super("the server has ended", { cause });
  }
}

/**
 * MCP over the standard input and output of a process of its own group, whose whole tree ends with the connection.
 * Lines that are no JSON-RPC are skipped and remembered.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];

  readonly #command: ServerCommand;
  readonly #listener: StderrListener;
  readonly #stderr: string[] = [];
  readonly #inbox: JSONRPCMessage[] = [];
  #child: ChildProcessWithoutNullStreams | undefined;
  #exit: ProcessEvidence["exit"];
  #death: ProcessEvidence["exit"];
  #garbage: string | undefined;
  #ended: Promise<void> | undefined;
  #broken = false;
  #delivering = false;
  #closed = false;
  readonly #drained = new AbortController();

  constructor(command: ServerCommand, listener: StderrListener = {}) {
    this.#command = command;
    this.#listener = listener;
  }

  get evidence(): ProcessEvidence {
    return {
      stderr: this.#stderr,
      ...(this.#death !== undefined && { exit: this.#death }),
      ...(this.#garbage !== undefined && { garbage: this.#garbage }),
    };
  }

  start(): Promise<void> {
    const child = spawnServer(this.#command);
    this.#child = child;
    if (child.pid !== undefined) guardGroup(child.pid);
    this.#listen(child);
    return new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => {
        this.#closed = true;
        reject(error);
      });
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    const isOpen = !this.#closed && this.#exit === undefined && stdin?.writable === true;
    if (!isOpen) return Promise.reject(new NotSentError());
    const line = `${JSON.stringify(message)}\n`;
    return new Promise((resolve, reject) => {
      stdin.write(line, (error) => {
        if (!error) return resolve();
        this.#broken = true;
        reject(new NotSentError(error));
      });
    });
  }

  /** Waits a moment for a server that seems to be ending: how it ended and its last words come after its pipes broke. */
  async settle(): Promise<void> {
    await sleep(2 * DRAIN_MS, undefined, { signal: this.#drained.signal }).catch(() => {});
  }

  /** Ends the process and all that it started; resolves when they are gone. */
  close(): Promise<void> {
    const { pid } = this.#child ?? {};
    this.#ended ??= pid === undefined ? Promise.resolve() : this.#end(pid);
    this.#reportClose();
    return this.#ended;
  }

  #listen(child: ChildProcessWithoutNullStreams): void {
    const reader = createLineReader(LONGEST_MESSAGE, (line) => this.#receive(line));
    child.stdout.on("data", (chunk: Buffer) => {
      if (!reader(chunk)) this.#fail(new Error(`a message longer than ${LONGEST_MESSAGE} bytes`));
    });
    child.stderr.on(
      "data",
      createLineReader(LONGEST_STDERR_LINE, (line) => this.#keepStderr(line), "cut"),
    );
    for (const stream of [child.stdin, child.stdout, child.stderr])
      stream.on("error", (error) => this.onerror?.(error));
    child.once("exit", (code, signal) => {
      this.#exit = { code, signal };
      if (this.#ended === undefined || this.#broken) this.#death = this.#exit;
      // The last answers and the last words may still be in the pipes; a grandchild may hold these open for ever.
      void Promise.race([streamsEnded(child), sleep(DRAIN_MS)]).then(() => {
        this.#drained.abort();
        void this.close();
      });
    });
    child.stdout.once("end", () => void sleep(DRAIN_MS).then(() => this.close()));
  }

  #receive(line: string): void {
    const messages = parseMessages(line);
    if (messages === undefined) {
      if (line.trim() !== "") this.#garbage ??= line.slice(0, LONGEST_STDERR_LINE);
      return;
    }
    this.#inbox.push(...messages);
    if (!this.#delivering) void this.#deliver();
  }

  async #deliver(): Promise<void> {
    this.#delivering = true;
    for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) {
      try {
        this.onmessage?.(message);
      } catch (error) {
        this.onerror?.(error as Error);
      }
      // The SDK handles notifications a few microtasks later, but answers at once: without this pause, progress that
      // came in one chunk with its answer would be lost.
      for (let turn = 0; turn < 4; turn += 1) await undefined;
    }
    this.#delivering = false;
  }

  #keepStderr(line: string): void {
    this.#stderr.push(line);
    if (this.#stderr.length > KEPT_STDERR_LINES) this.#stderr.shift();
    this.#listener.onStderr?.(line);
  }

  #fail(error: Error): void {
    this.onerror?.(error);
    void this.close();
  }

  #reportClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onclose?.();
  }

  async #end(group: number): Promise<void> {
    this.#child?.stdin.end();
    await endGroup(group, () => this.#exit !== undefined);
    if (this.#exit !== undefined) await this.settle();
    for (const stream of [this.#child?.stdin, this.#child?.stdout, this.#child?.stderr]) stream?.destroy();
  }
}

/** One message, or several: the revision 2025-03-26 knew batches. */
function parseMessages(line: string): JSONRPCMessage[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const messages = Array.isArray(value) ? value : [value];
    return messages.every((message) => message?.jsonrpc === "2.0") ? messages : undefined;
  } catch {
    return undefined;
  }
}

async function streamsEnded(child: ChildProcessWithoutNullStreams): Promise<void> {
  const streams = [child.stdout, child.stderr].filter((stream) => !stream.readableEnded);
  await Promise.all(streams.map((stream) => new Promise((resolve) => stream.once("close", resolve))));
}
