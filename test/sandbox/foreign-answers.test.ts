import { expect, test } from "vitest";
import { defineTool } from "../../src/index.ts";
import { failureFrom, valueFrom } from "../support.ts";

test("an answer that only looks like a promise is waited for, with and without a timeout", async () => {
  // biome-ignore lint/suspicious/noThenProperty: this is what is tested
  const lookalike = { then: (resolve: (value: number) => void) => void setTimeout(() => resolve(5), 1) } as never;
  const tools = {
    plain: () => lookalike,
    timed: defineTool({ timeoutMs: 1_000, run: () => lookalike }),
    checked: defineTool({ output: { type: "number" }, run: () => lookalike }),
  };
  const source = "[await tools.plain(), await tools.timed(), await tools.checked()]";
  expect(await valueFrom(source, { tools })).toEqual([5, 5, 5]);
});

test("a tool that throws what nobody can look at fails its call at once", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwsIt = () => {
    throw proxy;
  };
  const tools = { sync: throwsIt, late: async () => throwsIt() };
  for (const name of ["sync", "late"]) {
    expect(await failureFrom(`await tools.${name}()`, { tools, limits: { wallMs: 2_000 } })).toMatchObject({
      code: "tool_failed",
      message: "the tool threw a value that is not an Error",
    });
  }
});
