import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { newPath, ROOT, start, tardigrade } from "./harness.ts";

const SERVERS = join(ROOT, "examples", "approval", "servers.json");
const TIMES = 10;
const PROGRAM = `const done = [];
for (let n = 0; n < ${TIMES}; n++) {
  done.push(await tools.shop.refund({ order: "O-" + n, amount: 1 }));
  await new Promise((ok) => setTimeout(ok, 25));
}
return done`;

test("killed again and again at any moment, it comes to its end, and no call is made twice", {
  timeout: 120_000,
}, async () => {
  const file = newPath("run.snapshot");
  const env = { LEDGER: newPath("ledger.jsonl") };
  const out = new Set<string>();
  const next = async (): Promise<string[]> => {
    if (!existsSync(file)) return ["run", "-e", PROGRAM, "--mcp", SERVERS, "--snapshot-to", file];
    const { pending } = JSON.parse((await tardigrade(["inspect", file, "--json"])).stdout);
    const ids = (pending as { id: string; kind: string }[])
      .filter(({ kind }) => kind === "in_flight")
      .map(({ id }) => id);
    for (const id of ids) out.add(id);
    // Whether it was made, nobody knows here: it is not made again.
    return ["resume", file, "--mcp", SERVERS, ...ids.flatMap((id) => ["--answer", `${id}="was out"`])];
  };
  let value: string[] | undefined;
  let kills = 0;
  for (; value === undefined; kills++) {
    const { child, ended } = start(await next(), { env });
    // At another moment each time: after one call or more of its own, and a part of what comes next.
    let calls = 0;
    child.stderr.on("data", (text: string) => {
      calls += text.split("✓").length - 1;
      if (calls > kills % 3) setTimeout(() => child.kill("SIGKILL"), (kills * 11) % 45);
    });
    const { code, stderr, stdout } = await ended;
    if (code === 0) value = JSON.parse(stdout) as string[];
    else expect({ code, stderr: stderr.replaceAll(/^✓ .*\n/gm, "") }).toEqual({ code: null, stderr: "" });
  }
  const ledger = readFileSync(env.LEDGER, "utf8").trimEnd().split("\n");
  const orders = ledger.map((line) => (JSON.parse(line) as { order: string }).order);
  expect(kills).toBeGreaterThan(2);
  expect(new Set(orders).size).toBe(orders.length);
  expect(value).toHaveLength(TIMES);
  // All that was not made by the tool is what we answered ourselves.
  expect(value.filter((receipt) => receipt === "was out").length).toBe(out.size);
  expect(orders.length).toBeGreaterThanOrEqual(TIMES - out.size);
  expect(readdirSync(dirname(file))).toEqual([]);
});
