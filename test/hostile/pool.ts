import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { HostileCase } from "./case.ts";
import type { Verdict } from "./worker.ts";

/** What became of one case: the child's verdict, or that the child had to be killed or died. */
export type Fate = Verdict | { readonly killed: true; readonly afterMs: number } | { readonly died: string };

interface PoolOptions {
  /** A child that gives no answer for this long is killed. */
  readonly killMs: number;
  /** How many children work at once. */
  readonly width: number;
  /** How often a case that failed by time alone is tried, as this machine may just have been busy. */
  readonly attempts?: number;
}

/** Runs cases in child processes, several of them one after the other in each. */
export async function runCases(cases: readonly HostileCase[], options: PoolOptions): Promise<Map<string, Fate>> {
  const { attempts = 3, killMs, width } = options;
  const fates = new Map<string, Fate>();
  const queue = [...cases];
  const serve = async () => {
    const host = new Host();
    for (let next = queue.shift(); next; next = queue.shift()) {
      let fate = await host.run(next, killMs);
      for (let tried = 1; tried < attempts && failedByTime(fate); tried++) fate = await host.run(next, killMs);
      fates.set(next.id, fate);
    }
    host.end();
  };
  await Promise.all(Array.from({ length: width }, serve));
  return fates;
}

function failedByTime(fate: Fate): boolean {
  return "late" in fate && fate.late && fate.problems.length > 0;
}

/** One child process, made anew after it was killed. */
class Host {
  private child: ChildProcess | undefined;

  async run(hostile: HostileCase, killMs: number): Promise<Fate> {
    this.child ??= await start();
    const { child } = this;
    const started = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const fate = await new Promise<Fate>((resolve) => {
      child.once("message", (verdict) => resolve(verdict as Verdict));
      child.once("exit", (code, signal) => resolve({ died: `exit code ${code}, signal ${signal}` }));
      timer = setTimeout(() => resolve({ killed: true, afterMs: performance.now() - started }), killMs);
      child.send(hostile);
    });
    clearTimeout(timer);
    child.removeAllListeners();
    if (!("problems" in fate)) this.end();
    return fate;
  }

  end(): void {
    this.child?.kill("SIGKILL");
    this.child = undefined;
  }
}

async function start(): Promise<ChildProcess> {
  const child = fork(new URL("worker.ts", import.meta.url), { execArgv: ["--import", "tsx", "--expose-gc"] });
  await once(child, "message");
  return child;
}
