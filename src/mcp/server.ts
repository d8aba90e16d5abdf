import { createToolTable, type Tool, type ToolContext, unknownTool } from "../tools/index.ts";
import { Backoff } from "./backoff.ts";
import { abortable, callTool } from "./call.ts";
import { McpConnectionError } from "./errors.ts";
import type { Link, LinkOptions } from "./link.ts";
import { openingFailure, openLink } from "./open-link.ts";
import type { McpServerConfig } from "./server-config.ts";
import type { McpServerState, McpServerStatus } from "./status.ts";
import { createRedactor, printable } from "./text.ts";
import { createToolSet, type ToolSet } from "./tools.ts";
import { listTools, type UpstreamTool } from "./upstream.ts";
import { watchToolList } from "./watch.ts";

const CALL_TIMEOUT_MS = 60_000;

/** What a server needs beside its configuration. */
export type ServerOptions = Pick<LinkOptions, "clientInfo" | "env" | "onStderr"> & { readonly startTimeoutMs: number };

type ServerFacts = Pick<McpServerStatus, "era" | "protocolVersion" | "instructions" | "startMs">;

/** One server: started when asked, started anew on use after it died. */
export class McpServer {
  readonly name: string;
  readonly alias: string;
  readonly title: string;
  readonly timeoutMs: number;
  readonly #config: McpServerConfig;
  readonly #options: ServerOptions;
  readonly #secrets: Set<string>;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff();
  readonly #leftovers = new Set<Promise<unknown>>();
  #state: McpServerState = "connecting";
  #error: string | undefined;
  #link: Link | undefined;
  #starting: Promise<Link> | undefined;
  #toolSet: ToolSet = { tools: {}, hidden: [] };
  #listed = "";
  #asked = 0;
  #used = 0;
  #version = 1;
  #facts: ServerFacts = {};

  constructor(name: string, alias: string, config: McpServerConfig, options: ServerOptions) {
    this.name = name;
    this.alias = alias;
    this.title = `MCP server "${printable(name, 60)}"`;
    this.timeoutMs = config.timeout ?? CALL_TIMEOUT_MS;
    this.#config = config;
    this.#options = options;
    this.#secrets = new Set(config.secrets);
  }

  /** Grows with every change of `tools`. */
  get version(): number {
    return this.#version;
  }

  get tools(): Record<string, Tool> {
    return this.#toolSet.tools;
  }

  get status(): McpServerStatus {
    return {
      name: this.name,
      alias: this.alias,
      state: this.#state,
      ...(this.#error !== undefined && { error: this.#error }),
      tools: Object.keys(this.#toolSet.tools).length,
      hidden: this.#toolSet.hidden,
      ...this.#facts,
    };
  }

  /** The open link; starts the server unless it runs. Rejects with McpConnectionError; the status then says why, too. */
  ready(): Promise<Link> {
    if (this.#state === "closed") return Promise.reject(this.#failure("is closed"));
    if (this.#link !== undefined) return Promise.resolve(this.#link);
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Whether its tools are unknown, since it never started. */
  get isUnlisted(): boolean {
    return this.#listed === "";
  }

  /**
   * A call of a server whose tools were unknown when it was made: starts it, then calls the tool as any other. Rejects
   * with McpConnectionError if the server does not start.
   */
  async callUnlisted(alias: string, input: unknown, context: ToolContext): Promise<unknown> {
    await abortable(this.ready(), context.signal);
    const table = createToolTable({ [this.alias]: this.tools });
    const name = `${this.alias}.${alias}`;
    const tool = table.get(name);
    if (tool === undefined) throw unknownTool(name, table.nearest(name));
    return tool.run(await tool.readInput([input]), context);
  }

  /**
   * For a server that never started: nobody may ever call a tool that is not listed. Whoever looks at its namespace
   * has it tried again, in the background and not too often.
   */
  wake(): void {
    const isAsleep = this.#state === "failed" && this.isUnlisted && this.#starting === undefined;
    if (isAsleep && this.#backoff.mayTryUnasked) void this.ready().catch(() => {});
  }

  lose(link: Link): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#abandon(link.close());
    if (this.#state === "closed") return;
    this.#state = "failed";
    this.#error = this.shown(link.ending());
  }

  shown(text: string, limit = 2_000): string {
    return printable(createRedactor(this.#secrets)(text), limit);
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#error = undefined;
    this.#closing.abort(new Error("was closed while it started"));
    await this.#starting?.catch(() => {});
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
    await Promise.all(this.#leftovers);
  }

  async #start(): Promise<Link> {
    if (!this.#backoff.mayTry) throw this.#failure(this.#error ?? "is not running");
    const begun = Date.now();
    try {
      const link = await openLink(this.#config, this.#linkOptions());
      await this.#adopt(link, begun);
      return link;
    } catch (error) {
      this.#backoff.failed();
      if (this.#state !== "closed") {
        this.#state = "failed";
        this.#error = this.shown(openingFailure(error));
      }
      throw this.#failure(openingFailure(error));
    }
  }

  async #adopt(link: Link, begun: number): Promise<void> {
    const { client } = link;
    const refresh = async (): Promise<void> => {
      const turn = ++this.#asked;
      this.#use(await listTools(link, this.#startTimeoutMs), turn);
    };
    client.onclose = () => this.lose(link);
    // Before the list is read for the first time: it may change right after.
    const subscribe = watchToolList(link, refresh);
    try {
      await refresh();
      this.#closing.signal.throwIfAborted();
      if (client.transport === undefined) throw new Error(link.ending());
    } catch (error) {
      const hasEnded = client.transport === undefined;
      this.#abandon(link.close());
      throw hasEnded ? new Error(link.ending()) : error;
    }
    this.#link = link;
    this.#state = "connected";
    this.#error = undefined;
    this.#backoff.succeeded();
    this.#facts = factsOf(link, begun);
    subscribe();
  }

  #use(upstream: UpstreamTool[], turn: number): void {
    if (turn < this.#used) return; // an answer that a newer one overtook
    this.#used = turn;
    const listed = JSON.stringify(upstream);
    if (listed === this.#listed) return;
    this.#listed = listed;
    this.#toolSet = createToolSet(upstream, this.#config, (tool, input, context) =>
      callTool(this, tool, input, context),
    );
    this.#version += 1;
  }

  get #startTimeoutMs(): number {
    return this.#config.startTimeout ?? this.#options.startTimeoutMs;
  }

  #linkOptions(): LinkOptions {
    const { clientInfo, env, onStderr } = this.#options;
    return {
      clientInfo,
      env,
      onStderr,
      knownEra: this.#facts.era,
      timeoutMs: this.#startTimeoutMs,
      signal: this.#closing.signal,
      addSecrets: (values) => {
        for (const value of values) this.#secrets.add(value);
      },
      shown: (text, limit) => this.shown(text, limit),
      onLeftover: (ending) => this.#abandon(ending),
    };
  }

  #failure(reason: string): McpConnectionError {
    return new McpConnectionError(`${this.title} ${this.shown(reason)}`, { server: this.name });
  }

  #abandon(ending: Promise<unknown>): void {
    const settled: Promise<unknown> = ending.catch(() => {}).finally(() => this.#leftovers.delete(settled));
    this.#leftovers.add(settled);
  }
}

function factsOf({ client }: Link, begun: number): ServerFacts {
  const protocolVersion = client.getNegotiatedProtocolVersion();
  const instructions = client.getInstructions();
  return {
    era: client.getProtocolEra() ?? "legacy",
    ...(protocolVersion !== undefined && { protocolVersion }),
    ...(instructions !== undefined && { instructions }),
    startMs: Date.now() - begun,
  };
}
