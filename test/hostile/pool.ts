import type { HostileCase } from "./case.ts";
import { HostProcess } from "./host-process.ts";
import type { JudgeOptions, Verdict } from "./judge.ts";

/** What became of one case: the child's verdict, or that the child had to be killed or died. */
export type Fate = (Verdict | { readonly killed: true; readonly afterMs: number } | { readonly died: string }) & {
  /** How often it was tried again. */
  readonly again?: number;
};

/** How cases are run. */
export interface PoolOptions extends JudgeOptions {
  /** A child that gives no answer for this long is killed. */
  readonly killMs: number;
  /** How many children work at once. */
  readonly width: number;
  /** How often a case that failed by time alone is tried, as this machine may just have been busy. */
  readonly attempts?: number;
  /** A child for each case: the death of one is a finding about that case alone. */
  readonly childPerCase?: boolean;
  /** The program of a child, where it is not worker.ts, which tsx runs. */
  readonly worker?: URL;
  readonly onFate?: (hostile: HostileCase, fate: Fate) => void;
}

/** Runs cases in child processes. */
export async function runCases(cases: readonly HostileCase[], options: PoolOptions): Promise<Map<string, Fate>> {
  const fates = new Map<string, Fate>();
  const queue = [...cases];
  const serve = async () => {
    const host = new Host(options);
    for (let next = queue.shift(); next; next = queue.shift()) {
      const fate = await runOften(host, next, options.attempts ?? 3);
      fates.set(next.id, fate);
      options.onFate?.(next, fate);
    }
    host.end();
  };
  await Promise.all(Array.from({ length: options.width }, serve));
  return fates;
}

async function runOften(host: Host, hostile: HostileCase, attempts: number): Promise<Fate> {
  let fate = await host.run(hostile);
  for (let again = 1; again < attempts && failedByTime(fate); again++) fate = { ...(await host.run(hostile)), again };
  return fate;
}

function failedByTime(fate: Fate): boolean {
  return "late" in fate && fate.late && fate.problems.length > 0;
}

class Host {
  private readonly options: PoolOptions;
  private readonly process: HostProcess<HostileCase, Verdict>;

  constructor(options: PoolOptions) {
    const { isolation, slackMs, worker = new URL("worker.ts", import.meta.url) } = options;
    this.options = options;
    this.process = new HostProcess(worker, [isolation, String(slackMs)]);
  }

  async run(hostile: HostileCase): Promise<Fate> {
    const reply = await this.process.ask(hostile, this.options.killMs);
    if (this.options.childPerCase) this.end();
    return "answer" in reply ? reply.answer : reply;
  }

  end(): void {
    this.process.end();
  }
}
