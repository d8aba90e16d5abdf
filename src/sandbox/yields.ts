import type { Delivery, Emission } from "../engine/index.ts";
import { eventLoop } from "../event-loop.ts";
import type { PendingCall } from "../snapshots/index.ts";
import { decode, encode } from "../values/index.ts";
import type { Limits } from "./limits.ts";
import { answeredFailure, callFailureOf } from "./tool-error.ts";
import type { Answer, HostOptions } from "./types.ts";

/** A yield that waits for its answer, as it is kept in a snapshot. */
export interface SavedYield {
  readonly id: number;
  /** The text of the value. */
  readonly value: string;
  readonly stack: string;
  readonly since: number;
  /** Whether it was never sent out, as its run was being suspended. */
  readonly unsent?: boolean;
}

/** What the run does for its yields. */
export interface YieldsOwner {
  readonly options: HostOptions;
  /** For what an answer may take: `toolOutputBytes`. */
  readonly settings: { readonly limits: Readonly<Limits> };
  /** Whether nothing may be sent out now, as the run is being suspended. */
  isSuspending(): boolean;
  yielded(text: string): void;
  deliver(delivery: Delivery): void;
  /** No yield may be out any more. */
  rested(): void;
  lineOf(stack: string): number | undefined;
}

/** The values that a run sends out: each waits for the host's answer. */
export class Yields {
  count = 0;
  private readonly owner: YieldsOwner;
  /** Those that wait, by id; made when the first comes. */
  private waiting: Map<number, SavedYield> | undefined;
  /** Those that are with `onYield`. */
  private asked: Set<number> | undefined;
  private ended = false;

  constructor(owner: YieldsOwner) {
    this.owner = owner;
  }

  /** Whether an answer of `onYield` is being waited for. */
  get isBusy(): boolean {
    return this.asked !== undefined && this.asked.size > 0;
  }

  take({ id, stack, value }: Extract<Emission, { type: "yield" }>): void {
    this.count++;
    const taken = { id, value, stack, since: Date.now() };
    if (this.owner.isSuspending()) this.put({ ...taken, unsent: true });
    else {
      this.put(taken);
      this.ask(taken);
    }
  }

  has(id: number): boolean {
    return this.waiting?.has(id) ?? false;
  }

  /** Settles a yield that was out when its run was suspended; gives why the answer has no effect, if it has none. */
  answer(id: number, answer: Answer): string | undefined {
    const waiting = this.waiting?.get(id);
    if (!waiting || waiting.unsent || this.asked?.has(id)) return "no yield of that id is pending";
    if ("reissue" in answer) this.ask(waiting);
    else if ("value" in answer) this.settle(id, answer.value);
    else if ("error" in answer) this.refuse(id, JSON.stringify(answeredFailure(answer.error).guest));
    else return "a yield is answered by a value, an error, or issued again";
    return undefined;
  }

  pending(): PendingCall[] {
    const sent = this.save().filter(({ unsent }) => !unsent);
    return sent.map(({ id, since, stack, value }) => {
      const line = this.owner.lineOf(stack);
      const call = { id: String(id), tool: "yield", input: decode(value), kind: "in_flight", since } as const;
      return line === undefined ? call : { ...call, line };
    });
  }

  save(): SavedYield[] {
    return this.waiting ? [...this.waiting.values()] : [];
  }

  restore(saved: readonly SavedYield[], count: number): void {
    for (const waiting of saved) this.put(waiting);
    this.count = count;
  }

  /** Sends out what was never sent. */
  resume(): void {
    for (const { unsent, ...waiting } of this.save()) {
      if (!unsent || this.owner.isSuspending()) continue;
      this.put(waiting);
      this.ask(waiting);
    }
  }

  /** From now on answers have no effect. */
  end(): void {
    this.ended = true;
  }

  private put(waiting: SavedYield): void {
    this.waiting ??= new Map();
    this.waiting.set(waiting.id, waiting);
  }

  private ask(waiting: SavedYield): void {
    this.asked ??= new Set();
    this.asked.add(waiting.id);
    eventLoop.run(() => void this.send(waiting));
  }

  private async send({ id, value: text }: SavedYield): Promise<void> {
    if (this.ended) return;
    try {
      const value = decode(text);
      this.owner.yielded(text);
      const answer = await this.owner.options.onYield?.(value);
      eventLoop.run(() => this.settle(id, answer));
    } catch (error) {
      this.refuse(id, JSON.stringify(callFailureOf(error).guest));
    }
  }

  private settle(id: number, answer: unknown): void {
    try {
      this.deliver({ id, fulfilled: true, text: encode(answer, this.owner.settings.limits.toolOutputBytes) });
    } catch (error) {
      this.refuse(id, JSON.stringify(callFailureOf(error).guest));
    }
  }

  private refuse(id: number, text: string): void {
    this.deliver({ id, fulfilled: false, text });
  }

  private deliver(delivery: Delivery): void {
    this.waiting?.delete(delivery.id);
    this.asked?.delete(delivery.id);
    if (this.ended) return;
    this.owner.deliver(delivery);
    this.owner.rested();
  }
}
