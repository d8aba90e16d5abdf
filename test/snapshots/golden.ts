import { defineTool, type SandboxOptions } from "../../src/index.ts";

/** A program that holds a bit of everything while it waits. */
export const GOLDEN: { readonly input: unknown; readonly source: string; readonly value: unknown } = {
  input: { names: ["ada", "bo"], since: new Date(86_400_000), limits: new Map([["ada", 10n]]) },
  source: `class Account { #balance = 0; add(n) { this.#balance += n; return this } get balance() { return this.#balance } }
const accounts = new Map(input.names.map((name) => [name, new Account()]));
function* steps() { let at = 1; for (;;) at += yield at }
const step = steps(); step.next();
const log = [];
try {
  for (const [name, account] of accounts) {
    const [paid, extra] = await Promise.all([tools.pay({ name, amount: 5 }), tools.add(1, 2)]);
    account.add(paid + extra);
    log.push(name + " " + account.balance + " " + step.next(2).value);
  }
  setTimeout(() => log.push("timer"), 1);
  await sleep(20);
} finally { log.push("finally") }
return { log, limit: input.limits.get("ada"), since: input.since, total: [...accounts.values()].reduce((sum, { balance }) => sum + balance, 0) }`,
  value: {
    log: ["ada 8 3", "bo 8 5", "timer", "finally"],
    limit: 10n,
    since: new Date(86_400_000),
    total: 16,
  },
};

/** Two programs of a session, and what the second one gives. */
export const GOLDEN_SESSION: { readonly first: string; readonly second: string; readonly value: unknown } = {
  first: `let visits = 1; const names = new Set(["ada"]);
class Guest { #name; constructor(name) { this.#name = name } greet() { return "hello " + this.#name } }
function visit(name) { visits++; names.add(name); return new Guest(name) }`,
  second: `const { length } = [...names]; [visit("bo").greet(), visits, names, length]`,
  value: ["hello bo", 2, new Set(["ada", "bo"]), 1],
};

/** The sandbox that the golden runs belong to. */
export function goldenOptions(): SandboxOptions {
  const pay = defineTool({
    input: { type: "object", properties: { name: { type: "string" }, amount: { type: "number" } } },
    approval: true,
    run: (input: unknown) => (input as { amount: number }).amount,
  });
  return { tools: { pay, add: (a: number, b: number) => a + b }, snapshotKey: new Uint8Array(32).fill(1) };
}
