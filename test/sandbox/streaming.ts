import { onTestFinished } from "vitest";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../src/index.ts";
import { sleep } from "../support.ts";

/** A sandbox that is closed when the test is over. */
export function sandboxOf(options: SandboxOptions): Sandbox {
  const sandbox = createSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** A tool that counts up to `to`, and a diary of what its generator did. */
export function counter(to = 3): { diary: string[]; count: () => AsyncGenerator<number, void> } {
  const diary: string[] = [];
  async function* count() {
    try {
      for (let i = 1; i <= to; i++) {
        diary.push(`makes ${i}`);
        await sleep(0);
        yield i;
      }
      diary.push("is through");
    } finally {
      diary.push("is closed");
    }
  }
  return { diary, count };
}
