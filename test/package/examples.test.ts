import { expect, test } from "vitest";
import { execute } from "./node.ts";

test.each(["examples/session/session.mjs"])("%s finds that all is as it says", async (script) => {
  const { code, stderr, stdout } = await execute(process.execPath, [script]);
  expect(stderr).toBe("");
  expect(code, stdout).toBe(0);
});
