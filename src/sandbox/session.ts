import type { Delta } from "../engine/index.ts";
import { type ErrorCode, RunError, type RunFailure, UsageError } from "../errors.ts";
import type { Snapshot } from "../snapshots/index.ts";
import { decode, encode } from "../values/index.ts";
import type { Limits } from "./limits.ts";
import { checkSessionResume, checkSessionRun } from "./options.ts";
import type { ProgramRun } from "./program-run.ts";
import { notOpened, notRun } from "./resumed-run.ts";
import { newRunId } from "./run-id.ts";
import type { OpenedRun } from "./run-snapshot.ts";
import {
  freshRun,
  type Held,
  openFor,
  resumedRun,
  type SessionHome,
  type SessionParts,
  setupOf,
  tableOf,
  tidied,
} from "./session-run.ts";
import { idleSnapshot, type openSession, type SessionIdentity, type Standing } from "./session-state.ts";
import type {
  Session,
  SessionOptions,
  SessionResumeOptions,
  SessionRunOptions,
  SessionVariable,
} from "./session-types.ts";
import type { Answer, Failed, Outcome } from "./types.ts";
import { readVariables } from "./variables.ts";

/** How a session begins. */
export interface SessionBeginning {
  readonly identity: SessionIdentity;
  readonly limits: Readonly<Limits>;
  readonly globals: SessionOptions["globals"];
  /** Absent: with nothing. */
  readonly opening?: ReturnType<typeof openSession> | undefined;
}

/** Failures after which the memory is of no use, also where the machine itself is sound: a full heap stays full. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["memory_limit", "machine_crashed"]);

/** Why a session ends whose run was over when its machine was lost: what the run left is not there. */
const MACHINE_LOST: RunFailure = {
  code: "machine_crashed",
  name: "RunError",
  message: "the machine was lost before its state was saved",
};

const NOTHING: Standing = { begun: false, runs: 0 };

/**
 * Programs one after the other in one memory. Between two of them the session is only the delta of its machine: what a
 * run leaves is saved when it ends, and what a broken machine held is gone with it.
 */
export class SandboxSession implements Session {
  private readonly home: SessionHome;
  private readonly globals: SessionOptions["globals"];
  private identity: SessionIdentity;
  private limits: Readonly<Limits>;
  private standing: Standing = NOTHING;
  /** Whatever is asked of the session waits for what was asked before. */
  private queue: Promise<unknown>;
  private running: ProgramRun | undefined;
  /** What ended the session: the run that lost its machine, or its snapshot that can't be opened. */
  private lost: RunFailure | undefined;
  private unopened: { error: unknown } | undefined;
  private closed = false;

  constructor(home: SessionHome, { globals, identity, limits, opening }: SessionBeginning) {
    this.home = home;
    this.globals = globals;
    this.identity = identity;
    this.limits = limits;
    this.queue = opening ? this.open(opening) : Promise.resolve();
  }

  async run(source: string, options: SessionRunOptions = {}): Promise<Outcome> {
    this.home.refuseIfClosed();
    checkSessionRun(source, options);
    // Now: what the caller changes while the run waits for its turn is not the program's.
    const { globals, input } = options;
    const taken = { ...options, input: copied(input), ...(globals && { globals: { ...globals } }) };
    return this.next(() => {
      if (this.standing.suspended) {
        throw new UsageError("a run of the session is suspended: session.resume(answers) goes on with it");
      }
      return this.carryOut((held) => {
        this.standing = { ...this.standing, runs: this.standing.runs + 1 };
        return freshRun(this.parts, { source, options: taken }, held);
      });
    });
  }

  async resume(answers: Readonly<Record<string, Answer>> = {}, options: SessionResumeOptions = {}): Promise<Outcome> {
    this.home.refuseIfClosed();
    checkSessionResume(answers, options);
    return this.next(() => {
      const { suspended } = this.standing;
      if (!suspended) throw new UsageError("no run of the session is suspended");
      return this.carryOut((held) => resumedRun(this.parts, { opened: suspended, answers, options }, held));
    });
  }

  snapshot(): Promise<Uint8Array> {
    return this.look(async (delta) => {
      const { snapshotBytes } = this.limits;
      const surroundings = { table: tableOf(this.parts), memoryBytes: this.limits.memoryBytes };
      const tidy = this.standing.suspended ? delta : await tidied(this.parts, delta);
      const snapshot = await idleSnapshot(this.identity, { ...this.standing, delta: tidy }, surroundings);
      const bytes = await this.home.keys.seal(snapshot);
      if (bytes.length <= snapshotBytes) return bytes;
      const message = `the session has ${bytes.length} bytes; ${snapshotBytes} are allowed`;
      throw new RunError({ code: "snapshot_limit", name: "LimitError", message });
    });
  }

  fork(): Promise<Session> {
    return this.look(async () => {
      const { globals, home, identity, limits } = this;
      const id = newRunId();
      const fork = new SandboxSession(home, { globals, limits, identity: { ...identity, id, startedAt: Date.now() } });
      const { suspended } = this.standing;
      // Its calls are others', with idempotency keys of their own.
      const own = suspended && { ...suspended, meta: { ...suspended.meta, runId: newRunId() } };
      fork.standing = { ...this.standing, ...(own && { suspended: own }) };
      return fork;
    });
  }

  variables(): Promise<SessionVariable[]> {
    return this.look((delta) => {
      return readVariables({ delta, setup: setupOf(this.parts), open: () => openFor(this.parts) });
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    this.running?.cancel("the session was closed");
    await this.queue;
    this.standing = NOTHING;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async open(opening: NonNullable<SessionBeginning["opening"]>): Promise<void> {
    try {
      const { identity, memoryBytes, standing } = await opening;
      this.standing = standing;
      this.identity = { ...this.identity, ...identity };
      this.limits = { ...this.limits, memoryBytes: Math.max(memoryBytes, this.limits.memoryBytes) };
    } catch (error) {
      this.unopened = { error };
    }
  }

  private async next(run: () => Promise<Outcome>): Promise<Outcome> {
    return this.after(() => this.refusal() ?? run());
  }

  private after<T>(task: () => T | Promise<T>): Promise<T> {
    const done = this.queue.then(task);
    this.queue = done.catch(() => undefined);
    return done;
  }

  /** Something that needs the last good state; the end of the session doesn't matter to it. */
  private look<T>(use: (delta: Delta) => Promise<T>): Promise<T> {
    return this.after(async () => {
      if (this.closed) throw new UsageError("the session is closed");
      if (this.unopened) throw this.unopened.error;
      return use(this.standing.suspended?.delta ?? this.standing.delta ?? (await tidied(this.parts)));
    });
  }

  /** Why nothing can run here any more. */
  private refusal(): Failed | undefined {
    const id = newRunId();
    if (this.unopened) return notOpened(id, this.unopened.error);
    if (this.closed) return notRun(id, ended("the session was closed"));
    if (!this.lost) return undefined;
    const { code, message } = this.lost;
    return notRun(
      id,
      ended(
        `the session lost its machine in an earlier run (${code}: ${message}); session.snapshot() still gives the state before that run`,
      ),
    );
  }

  private async carryOut(make: (held: Held) => ProgramRun): Promise<Outcome> {
    this.home.refuseIfClosed();
    const held: Held = {};
    const running = make(held);
    this.running = running;
    if (!running.isOver()) this.home.runs.add(running);
    const outcome = await running.outcome;
    this.running = undefined;
    await this.ended(outcome, held);
    return outcome;
  }

  /** Takes over what a run left. */
  private async ended(outcome: Outcome, { port, sealed }: Held): Promise<void> {
    const left = await port?.left;
    const failure = port && outcome.status === "failed" ? outcome.error : undefined;
    const gone = port?.broken ? (failure ?? MACHINE_LOST) : failure && FATAL.has(failure.code) && failure;
    const { suspended: _, ...standing } = this.standing;
    if (outcome.status === "suspended" && sealed?.bytes === outcome.snapshot) {
      this.standing = { ...standing, begun: true, suspended: openedOf(sealed.snapshot, standing) };
    } else if (gone) this.lost = gone;
    else if (left) this.standing = { ...standing, delta: left, begun: true };
  }

  private get parts(): SessionParts {
    const { globals, home, identity, limits, standing } = this;
    return { globals, home, identity, limits, standing };
  }
}

function openedOf({ delta, meta, state }: Snapshot, { build }: Standing): OpenedRun {
  return { delta, meta, state: state as OpenedRun["state"], ...(build && { build }) };
}

function ended(message: string): RunFailure {
  return { code: "session_ended", name: "RunError", message };
}

/** The value as it is now, as far as it can enter a program at all. */
function copied(value: unknown): unknown {
  try {
    return value === undefined ? undefined : decode(encode(value));
  } catch {
    return value;
  }
}
