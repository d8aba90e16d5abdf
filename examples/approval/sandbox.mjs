import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSandbox, defineTool } from "tardigrade";
import { COMPLAINTS, MOST_UNASKED, refund } from "./shop.mjs";

const AMOUNT = { type: "number", exclusiveMinimum: 0 };

/** The sandbox of both processes: the same tools, and the same key for snapshots. */
export async function shopSandbox(folder) {
  const shop = {
    complaints: defineTool({ description: "Orders to be refunded", run: () => COMPLAINTS }),
    refund: defineTool({
      description: "Pays an order back",
      input: {
        type: "object",
        properties: { order: { type: "string" }, amount: AMOUNT },
        required: ["order", "amount"],
      },
      approval: ({ amount }) => amount > MOST_UNASKED,
      run: (input) => refund(join(folder, "ledger.jsonl"), input),
    }),
  };
  return createSandbox({ tools: { shop }, snapshotKey: await snapshotKey(join(folder, "key")) });
}

/** Made once and kept, readable by this user only. */
async function snapshotKey(path) {
  await writeFile(path, randomBytes(32), { flag: "wx", mode: 0o600 }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
  return await readFile(path);
}
