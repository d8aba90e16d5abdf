import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { ROOT, tardigrade } from "./harness.ts";

const EXPECTED = `Customer        Country  Orders  Revenue  Refunds      Net
--------------  -------  ------  -------  -------  -------
Dune Analytics  ES            3  2366.20   289.00  2077.20
Cobalt Cycles   DE            3  1971.00    84.50  1886.50
Alder & Finch   DE            3   877.60   179.00   698.60
Ember Studio    FR            2   788.00   439.00   349.00
Bramble Foods   FR            2   165.00     0.00   165.00
Fjord Labs      NO            1    78.00     0.00    78.00

To call: Cobalt Cycles, Dune Analytics
Orders of unknown customers: O-5015 (C-999)
No notes about: Bramble Foods, Fjord Labs
`;

test("npm start gives the same table each time and leaves the checkout as it was", async () => {
  const [, command = ""] = /node dist\/cli\/main\.js (run .*)$/.exec(packageJson.scripts.start) ?? [];
  const status = () =>
    execFileSync("git", ["status", "--porcelain", "--", "examples"], { cwd: ROOT, encoding: "utf8" });
  const before = status();
  for (let times = 0; times < 2; times++) {
    const { code, stderr, stdout } = await tardigrade(command.split(" "));
    expect(stdout).toBe(EXPECTED);
    expect(code).toBe(0);
    expect(stderr.match(/^✗/gm)).toHaveLength(2);
  }
  expect(status()).toBe(before);
});
