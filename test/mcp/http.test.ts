import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { createToolTable } from "../../src/tools/index.ts";
import {
  call,
  connect,
  fixture,
  freePort,
  nodeServer,
  rawServer,
  rejection,
  startEverythingHttp,
  startModernHttp,
  statusOf,
  until,
} from "./harness.ts";

async function listen(handler: Parameters<typeof createServer>[1]): Promise<{ url: string; close: () => void }> {
  const server = createServer(handler as never);
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/mcp`, close };
}

describe("server-everything over HTTP", () => {
  test("works, reports progress, and is found again after it was restarted", async () => {
    const first = await startEverythingHttp();
    const connection = await connect({ web: { type: "streamable-http", url: first.url } });
    expect(statusOf(connection, "web")).toMatchObject({ state: "connected", era: "legacy", tools: 12 });
    await expect(call(connection, "web.getSum", { a: 1, b: 2 })).resolves.toBe("The sum of 1 and 2 is 3.");
    const seen: unknown[] = [];
    const progress = (value: unknown): number => seen.push(value);
    await call(connection, "web.triggerLongRunningOperation", { duration: 0.3, steps: 3 }, { progress });
    expect(seen).toMatchObject([{ progress: 1 }, { progress: 2 }, { progress: 3 }]);

    first.child.kill("SIGKILL");
    await until(() => first.child.exitCode !== null || first.child.signalCode !== null);
    const gone = await rejection(call(connection, "web.echo", { message: "x" }));
    expect(gone.message).toMatch(/^MCP server "web" could not be reached: .*ECONNREFUSED/);
    await startEverythingHttp("streamableHttp", first.port);
    await expect(call(connection, "web.echo", { message: "back" })).resolves.toBe("Echo: back");
  });

  test("a call in flight when the server dies rejects soon, with a clear error", async () => {
    const { url, child } = await startEverythingHttp();
    const connection = await connect({ web: { url } });
    const seen: unknown[] = [];
    const progress = (value: unknown): number => seen.push(value);
    const input = { duration: 20, steps: 100 };
    const waiting = rejection(call(connection, "web.triggerLongRunningOperation", input, { progress }));
    await until(() => seen.length > 0);
    child.kill("SIGKILL");
    const begun = Date.now();
    expect(await waiting).toMatchObject({ name: "CallError", code: "outcome_unknown" });
    expect((await waiting).message).toMatch(
      /^MCP server "web" lost its connection: .*, during the call of trigger-long-running-operation$/,
    );
    expect(Date.now() - begun).toBeLessThan(6_000);
  });

  test("a session that the server forgot is opened anew", async () => {
    const first = await startEverythingHttp();
    const connection = await connect({ web: { url: first.url } });
    first.child.kill("SIGKILL");
    await until(() => first.child.signalCode !== null);
    await startEverythingHttp("streamableHttp", first.port);
    await expect(call(connection, "web.echo", { message: "again" })).resolves.toBe("Echo: again");
  });

  test("works over the older HTTP with server-sent events", async () => {
    const { url } = await startEverythingHttp("sse");
    const connection = await connect({ old: { type: "sse", url } });
    expect(statusOf(connection, "old")).toMatchObject({ state: "connected", tools: 12 });
    await expect(call(connection, "old.echo", { message: "sse" })).resolves.toBe("Echo: sse");
  });
});

describe("the modern era", () => {
  test("is found over HTTP, where the legacy one would do too", async () => {
    const { url } = await startModernHttp("both");
    const connection = await connect({ auto: { url }, legacy: { url, era: "legacy" }, modern: { url, era: "modern" } });
    expect(connection.servers.map(({ era, protocolVersion }) => [era, protocolVersion])).toEqual([
      ["modern", "2026-07-28"],
      ["legacy", "2025-11-25"],
      ["modern", "2026-07-28"],
    ]);
    await expect(call(connection, "auto.add", { a: 2, b: 3 })).resolves.toEqual({ sum: 5, era: "modern" });
    await expect(call(connection, "legacy.add", { a: 2, b: 3 })).resolves.toEqual({ sum: 5, era: "legacy" });
    await expect(call(connection, "auto.list")).resolves.toEqual([1, 2]);
    await expect(call(connection, "auto.region", { region: "eu" })).resolves.toBe("region eu");
  });

  test("over HTTP has progress, cancellation, and lists that change", async () => {
    const { url, output } = await startModernHttp();
    const connection = await connect({ web: { url } });
    const seen: unknown[] = [];
    await call(connection, "web.progress", {}, { progress: (value) => seen.push(value) });
    expect(seen).toMatchObject([{ progress: 1 }, { progress: 2 }, { progress: 3 }]);

    const controller = new AbortController();
    const waiting = rejection(call(connection, "web.wait", {}, { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error("enough")), 100);
    expect((await waiting).message).toBe("enough");
    await until(() => output().includes("cancelled"));

    const table = createToolTable(connection.tools);
    await call(connection, "web.grow", { name: "fresh" });
    await until(() => table.get("web.fresh") !== undefined);
    await expect(call(connection, "web.fresh")).resolves.toBe("I am fresh");
  });

  test("over HTTP a call in flight when the server dies rejects at once", async () => {
    const { url, child } = await startModernHttp();
    const connection = await connect({ web: { url } });
    const waiting = rejection(call(connection, "web.wait"));
    setTimeout(() => child.kill("SIGKILL"), 200);
    expect(await waiting).toMatchObject({ name: "CallError", code: "outcome_unknown" });
  });

  test("asks nobody for what a server wants to know", async () => {
    const { url } = await startModernHttp();
    const connection = await connect({ web: { url }, pipe: nodeServer(fixture("modern-server.mjs"), ["stdio"]) });
    for (const server of ["web", "pipe"]) {
      const error = await rejection(call(connection, `${server}.ask`));
      expect(error.message).toMatch(/elicitation/i);
    }
  });

  test("over stdio is found when initialize is refused, and costs one process when it is configured", async () => {
    const modern = nodeServer(fixture("modern-server.mjs"), ["stdio"]);
    const connection = await connect({
      auto: modern,
      pinned: { ...modern, era: "modern" },
      legacy: { ...modern, era: "legacy" },
      raw: { ...rawServer(), era: "modern" },
    });
    expect(statusOf(connection, "auto")).toMatchObject({
      state: "connected",
      era: "modern",
      protocolVersion: "2026-07-28",
    });
    expect(statusOf(connection, "pinned")).toMatchObject({ state: "connected", era: "modern" });
    expect(statusOf(connection, "legacy").state).toBe("failed");
    expect(statusOf(connection, "raw")).toMatchObject({
      state: "failed",
      error: expect.stringContaining("2026-07-28"),
    });
    await expect(call(connection, "auto.add", { a: 2, b: 3 })).resolves.toEqual({ sum: 5, era: "modern" });
    const table = createToolTable(connection.tools);
    await call(connection, "pinned.grow", { name: "fresh" });
    await until(() => table.get("pinned.fresh") !== undefined);
  });
});

describe("HTTP servers that answer wrongly", () => {
  test("one that fails at the modern question is asked as a legacy one", async () => {
    const { port } = await startEverythingHttp();
    const proxy = await listen((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", async () => {
        if (body.includes("server/discover")) return response.writeHead(500).end("boom");
        const headers = Object.fromEntries(
          Object.entries(request.headers).filter(([name]) => !/^(host|connection|content-length)$/.test(name)),
        );
        const init = {
          method: request.method ?? "GET",
          headers: headers as Record<string, string>,
          ...(body !== "" && { body }),
        };
        const answer = await fetch(`http://127.0.0.1:${port}/mcp`, init);
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        if (request.method === "GET") return response.flushHeaders();
        response.end(await answer.text());
      });
    });
    const connection = await connect({ web: { url: proxy.url } });
    expect(statusOf(connection, "web")).toMatchObject({ state: "connected", era: "legacy", tools: 12 });
    await connection.close();
    proxy.close();
  });

  test("refusals, silence and nonsense are said clearly; secrets are not", async () => {
    const seen: (string | undefined)[] = [];
    const denied = await listen((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end(`bad key ${request.headers["x-key"]} for ${request.url}`);
    });
    const silent = await listen(() => {});
    const nonsense = await listen((_request, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<html>hi"),
    );
    const connection = await connect({
      denied: {
        url: denied.url.replace("//", "//ann:p%40ssword@").concat("?token=hunter3"),
        headers: { "X-Key": "hunter2" },
      },
      silent: { url: silent.url, startTimeout: 600 },
      nonsense: { url: nonsense.url },
    });
    expect(statusOf(connection, "denied").error).toBe(
      `answered HTTP 401 (are the headers right?): "bad key [hidden] for /mcp?[hidden]"; asked: ${denied.url}`,
    );
    expect(seen[0]).toBe(`Basic ${btoa("ann:p@ssword")}`);
    expect(statusOf(connection, "silent").error).toBe(`gave no answer within 600 ms; asked: ${silent.url}`);
    expect(statusOf(connection, "nonsense").error).toMatch(/^could not be reached: .*content type.*; asked: /i);
    expect(JSON.stringify(connection.servers)).not.toMatch(/hunter|p@ssword|p%40ssword/);
    for (const server of [denied, silent, nonsense]) server.close();
  });
});
