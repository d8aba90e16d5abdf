import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

/** The numbers of messages, by name, as a half of the bridge has them. */
async function kindsIn(path: string): Promise<Record<string, number>> {
  const text = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
  const entries = [...text.matchAll(/^const ([A-Z]+) = (\d+);$/gm)].map(([, name, number]) => [name, Number(number)]);
  return Object.fromEntries(entries);
}

test("both halves of the bridge number their messages alike", async () => {
  const guest = await kindsIn("guest/bridge.js");
  expect(Object.values(guest)).toHaveLength(17);
  expect(await kindsIn("src/engine/bridge.ts")).toEqual(guest);
});
