import type { ToolTree } from "../../src/index.ts";

/** The tools that cases use, by name; `echo` is always there. `count` hears of every tool that starts. */
export function hostileTools(needs: readonly string[], count: () => void): ToolTree {
  const all: Record<string, (...args: unknown[]) => unknown> = {
    echo: (value) => value,
    fail: () => {
      throw new Error("tool failed");
    },
    failWithCode: () => {
      throw Object.assign(new Error("tool failed"), { code: "E_TOOL", data: { a: 1 } });
    },
    slow: (value) => new Promise((resolve) => setTimeout(() => resolve(value), 20)),
    never: () => new Promise(() => {}),
    secret: () => ({ secret: 1, list: [1, 2], nested: { value: 3 } }),
    proto: () => JSON.parse('{"__proto__":{"isAdmin":true},"a":1}'),
    tagged: () => ({ when: new Date(0), map: new Map([["k", 1]]), big: 5n, not: Number.NaN, error: new Error("x") }),
    throwsNull: () => {
      throw null;
    },
    throwsOddObject: () => {
      throw Object.assign(Object.create(null), {
        get message() {
          throw new Error("no message for you");
        },
      });
    },
    unsayable: () => ({ fn() {} }),
    huge: () => "x".repeat(6_000_000),
  };
  const tools: Record<string, (...args: unknown[]) => unknown> = {};
  for (const name of ["echo", ...needs]) {
    const run = all[name];
    if (!run) throw new Error(`no tool ${name}`);
    tools[name] = (...args) => {
      count();
      return run(...args);
    };
  }
  return tools;
}
