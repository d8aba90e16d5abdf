import { expect, test } from "vitest";
import { createSandbox, renderOutcome } from "../../src/index.ts";

test("a sleep that ends after the last date there is can be told", async () => {
  await using sandbox = createSandbox();
  const outcome = await sandbox.run("await sleep(1e18)");
  expect(outcome.status).toBe("suspended");
  expect(renderOutcome(outcome)).toContain("until +275760-09-13T00:00:00.000Z");
});
