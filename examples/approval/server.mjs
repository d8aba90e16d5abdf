// The same shop as an MCP server, for the command line. LEDGER names the file of its ledger.
import process from "node:process";
import { fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { COMPLAINTS, refund } from "./shop.mjs";

const { LEDGER = "ledger.jsonl" } = process.env;
const REFUND = fromJsonSchema({
  type: "object",
  properties: { order: { type: "string" }, amount: { type: "number", exclusiveMinimum: 0 } },
  required: ["order", "amount"],
});

serveStdio(() => {
  const server = new McpServer({ name: "shop", version: "1" });
  server.registerTool("complaints", { description: "Orders to be refunded" }, () => ({
    content: [{ type: "text", text: "three complaints" }],
    structuredContent: COMPLAINTS,
  }));
  server.registerTool("refund", { description: "Pays an order back", inputSchema: REFUND }, (input) => ({
    content: [{ type: "text", text: refund(LEDGER, input) }],
  }));
  return server;
});
