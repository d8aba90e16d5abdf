import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { call, connect, rawServer } from "./harness.ts";

test("servers are told the version that the package has", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const connection = await connect({ raw: rawServer() });
  expect(await call(connection, "raw.opening")).toMatchObject({ clientInfo: { name: "tardigrade", version } });
});
