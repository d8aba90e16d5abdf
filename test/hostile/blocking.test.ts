import { fork } from "node:child_process";
import { describe, expect, it } from "vitest";
import { CASES } from "./blocking.ts";
import type { Stall } from "./stalls.ts";

/** The promise is 50 ms; a machine that runs tests is loaded, and its memory is cold. */
const MAX_STALL_MS = 250;
/** Beside the heap that the program may have: 64 MiB by default. */
const MAX_GROWTH_BYTES = (64 + 64) * 2 ** 20;
const ATTEMPTS = 3;
const TIMEOUT_MS = 300_000;

describe("with threads, a guest holds up its host no longer than promised", () => {
  it(
    "whatever it returns, passes to tools, yields, writes, logs, throws and suspends with",
    async () => {
      let names = CASES.map(({ name }) => name);
      let bad: string[] = [];
      for (let attempt = 0; attempt < ATTEMPTS && names.length > 0; attempt++) {
        const stalls = await measured(names);
        const wrong = stalls.filter((stall) => complaint(stall) !== undefined);
        const told = new Set(stalls.map(({ name }) => name));
        const lost = names.filter((name) => !told.has(name));
        bad = [...wrong.map((stall) => `${stall.name}: ${complaint(stall)}`), ...lost.map((name) => `${name}: hangs`)];
        names = [...wrong.map(({ name }) => name), ...lost];
      }
      expect(bad).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

function complaint({ grownBytes, name, stalledMs }: Stall): string | undefined {
  if (stalledMs > MAX_STALL_MS) return `the event loop stood still for ${Math.round(stalledMs)} ms`;
  const growthFree = CASES.find((blocking) => blocking.name === name)?.seals;
  if (!growthFree && grownBytes > MAX_GROWTH_BYTES)
    return `the process grew by ${Math.round(grownBytes / 2 ** 20)} MiB`;
  return undefined;
}

/** What a child process measured; it is killed if it says nothing for a while. */
function measured(names: readonly string[]): Promise<Stall[]> {
  return new Promise((resolve) => {
    const stalls: Stall[] = [];
    const child = fork(new URL("stalls.ts", import.meta.url), names, {
      execArgv: ["--import", "tsx", "--expose-gc"],
    });
    const kill = () => setTimeout(() => child.kill("SIGKILL"), 30_000);
    let timer = kill();
    child.on("message", (stall) => {
      stalls.push(stall as Stall);
      clearTimeout(timer);
      timer = kill();
    });
    child.on("exit", () => {
      clearTimeout(timer);
      resolve(stalls);
    });
  });
}
