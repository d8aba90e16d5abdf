import { appendFileSync } from "node:fs";

/** What customers complained about. */
export const COMPLAINTS = {
  complaints: [
    { order: "O-1001", total: 25 },
    { order: "O-1002", total: 950 },
    { order: "O-1003", total: 40 },
  ],
};

/** Above that, a person has to agree. */
export const MOST_UNASKED = 100;

/** Pays money back; each refund is a line of the ledger, with the process that made it. */
export function refund(ledger, { amount, order }) {
  const receipt = `R-${order.slice(2)}`;
  appendFileSync(ledger, `${JSON.stringify({ order, amount, receipt, pid: process.pid })}\n`);
  return receipt;
}
