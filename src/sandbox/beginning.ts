import type { MachineSetup } from "../engine/index.ts";
import type { ErrorCode } from "../errors.ts";
import type { MachineNeed, MachinePort } from "../isolation/index.ts";
import { type PrepareOptions, SourceError } from "../language/index.ts";
import { machineSetup, preparedFor, programStart, worldTexts } from "./program-start.ts";
import type { QuietOwner, QuietPoint, RunParts } from "./quiet-point.ts";
import type { OpenedRun } from "./run-snapshot.ts";
import type { Answer } from "./types.ts";

/** What a fresh run begins with: a source and its surroundings. */
export interface Fresh {
  readonly source: string;
  readonly how: PrepareOptions;
  readonly input?: unknown;
  readonly nowMs?: number;
}

/** What a resumed run begins with: what its snapshot held, and answers to what was pending in it. */
export interface Resumed {
  readonly opened: OpenedRun;
  readonly answers: Readonly<Record<string, Answer>>;
}

/** Brings a run to its first quiet point; what goes wrong ends the run. Never rejects. */
export class RunBeginning {
  private readonly parts: RunParts;
  private readonly quiet: QuietPoint;
  private readonly owner: QuietOwner;

  constructor(parts: RunParts, quiet: QuietPoint, owner: QuietOwner) {
    this.parts = parts;
    this.quiet = quiet;
    this.owner = owner;
  }

  /** Starts a program. */
  async start({ how, input, source }: Fresh): Promise<void> {
    const { link, objects, options, report, settings } = this.parts;
    const { limits } = settings;
    try {
      // Before anything is waited for: what the caller changes afterwards is not the program's.
      const world = worldTexts(settings, input);
      if (report.sourceBytes > limits.sourceBytes) {
        const message = `the source has ${report.sourceBytes} bytes; ${limits.sourceBytes} are allowed`;
        throw new NotStarted("source_limit", message);
      }
      if ("refused" in world) throw new NotStarted("unserializable", world.refused);
      const turn = this.parts.place.enter();
      if (turn) await turn;
      if (!this.admitted()) return;
      if (!this.attach(await settings.open(this.need()))) return;
      const prepared = await preparedFor(source, how, { settings, link, tenant: options.tenant });
      if (this.owner.isOver()) return;
      report.prepared(prepared);
      const start = programStart(prepared, settings, world, objects, link.guestMs);
      this.quiet.started();
      link.start(start, this.setup());
    } catch (error) {
      this.failed(error);
    }
  }

  /** Takes up what a snapshot held; nothing moves yet. */
  restore({ delta, state }: OpenedRun): void {
    const { calls, link, report, timers, yields } = this.parts;
    report.restore(state.report);
    report.spent = delta.spent;
    calls.restore(state.calls);
    yields.restore(state.yields.waiting, state.yields.count);
    timers.hold();
    timers.restore(state.timers, link.epochMs);
  }

  /** Goes on: answers that had arrived come first, then those that are given now, then timers. */
  async goOn({ answers, opened: { build, delta, state } }: Resumed): Promise<void> {
    const { calls, link, settings, timers, yields } = this.parts;
    try {
      const turn = this.parts.place.enter();
      if (turn) await turn;
      if (!this.admitted()) return;
      const port = await settings.open({ ...this.need(), ...(build && { build }) });
      if (!this.attach(port)) return;
      link.load(delta, this.setup());
      calls.startQueued();
      for (const delivery of state.deliveries) link.deliver(delivery);
      if (this.owner.isOver()) return;
      this.answer(answers);
      calls.resume();
      yields.resume();
      this.quiet.started();
      timers.release();
      this.quiet.check();
    } catch (error) {
      this.failed(error);
    }
  }

  /** The run's time begins with its turn. False if the run ended while it waited for that. */
  private admitted(): boolean {
    const isOver = this.owner.isOver();
    if (!isOver) this.parts.clock.run();
    return !isOver;
  }

  private need(): MachineNeed {
    const { options, settings } = this.parts;
    return { memoryBytes: settings.limits.memoryBytes, tenant: options.tenant };
  }

  /** Takes a machine, unless the run ended while it was being made ready. */
  private attach(port: MachinePort): boolean {
    const isOver = this.owner.isOver();
    if (isOver) port.close();
    else this.parts.link.attach(port);
    return !isOver;
  }

  private setup(): MachineSetup {
    const { link, objects, options, settings, track } = this.parts;
    return machineSetup(settings, { seed: options.seed, track }, link.clock, objects);
  }

  private answer(answers: Readonly<Record<string, Answer>>): void {
    for (const [id, answer] of Object.entries(answers)) {
      const number = Number(id);
      // Not what only reads as the number: an answer is for the one call that is called so.
      const problem = this.answerOne(String(number) === id ? number : -1, answer);
      if (!problem) continue;
      this.parts.report.warn("answer_ignored", `the answer to ${id.slice(0, 40)} has no effect: ${problem}`);
    }
  }

  private answerOne(id: number, answer: Answer): string | undefined {
    const { calls, timers, yields } = this.parts;
    if (yields.has(id)) return yields.answer(id, answer);
    if (!timers.has(id)) return calls.answer(id, answer);
    if (!("value" in answer)) return "a sleep is only ended early, by a value";
    timers.hasten(id);
    return undefined;
  }

  private failed(error: unknown): void {
    const { owner } = this;
    if (error instanceof SourceError) owner.finish({ error: this.parts.report.syntaxFailure(error) });
    else if (error instanceof NotStarted) owner.fail(error.code, error.message);
    else owner.fail("machine_crashed", `no machine could be started: ${(error as Error)?.message ?? error}`);
  }
}

/** Why a run ends before its program starts. */
class NotStarted extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
