import { expect, test } from "vitest";
import { createSandbox } from "../../src/index.ts";
import { GUEST_GLOBALS } from "../../src/tools/names.ts";

test("the names that `globals` may not take are those the guest has", async () => {
  await using sandbox = createSandbox();
  const outcome = await sandbox.run("return Object.getOwnPropertyNames(globalThis)");
  const names = outcome.status === "completed" ? (outcome.value as string[]) : [];
  expect([...GUEST_GLOBALS].sort()).toEqual(names.sort());
});
