import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, request as forward, type Server } from "node:http";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { join } from "node:path";
import { createServer as createTls, type Server as TlsServer } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { call, connect, fixture, startModernHttp, startProcess, statusOf, temporaryFolder } from "./harness.ts";

const open: (Server | TlsServer)[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  }
});

/** A proxy as they stand in companies: forwards plain requests, opens tunnels, and writes both down. */
async function startProxy(): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const { headers, method } = request;
    const onward = forward(
      (request.url ?? "").replace("mcp.test", "127.0.0.1"),
      { method: method ?? "GET", headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  proxy.on("connect", (request, socket, head) => {
    seen.push(`CONNECT ${request.url}`);
    const [host, port] = (request.url ?? "").split(":");
    const target = connectTcp(Number(port), host === "mcp.test" ? "127.0.0.1" : host, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target]) end.on("error", () => target.destroy());
  });
  return { url: await listen(proxy), seen };
}

async function listen(server: Server | TlsServer): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("HTTP_PROXY is used for http servers, and NO_PROXY is heeded", async () => {
  const proxy = await startProxy();
  const { url } = await startModernHttp();
  const through = await connect({ web: { url } }, { env: { HTTP_PROXY: proxy.url } });
  await expect(call(through, "web.add", { a: 1, b: 2 })).resolves.toMatchObject({ sum: 3 });
  expect(proxy.seen.length).toBeGreaterThan(0);
  expect(proxy.seen.every((line) => line.includes(new URL(url).host))).toBe(true);

  const before = proxy.seen.length;
  const around = await connect({ web: { url } }, { env: { HTTP_PROXY: proxy.url, NO_PROXY: "example.com,127.0.0.1" } });
  await expect(call(around, "web.add", { a: 1, b: 2 })).resolves.toMatchObject({ sum: 3 });
  expect(proxy.seen.length).toBe(before);
});

test("a name that only the proxy knows is reached through it; the scheme of the proxy may be left out", async () => {
  const proxy = await startProxy();
  const { port } = new URL((await startModernHttp()).url);
  const env = { http_proxy: proxy.url.replace("http://", "") };
  const connection = await connect({ web: { url: `http://mcp.test:${port}/mcp` } }, { env });
  await expect(call(connection, "web.add", { a: 1, b: 2 })).resolves.toMatchObject({ sum: 3 });
});

test("a proxy that is not there is an error that says so, without its password", async () => {
  const { url } = await startModernHttp();
  const connection = await connect({ web: { url } }, { env: { HTTP_PROXY: "http://ann:hunter2@127.0.0.1:9" } });
  expect(statusOf(connection, "web").error).toContain("ECONNREFUSED 127.0.0.1:9");
  expect(JSON.stringify(connection.servers)).not.toContain("hunter2");
});

test.skipIf(spawnSync("openssl", ["version"]).status !== 0)(
  "https goes through a tunnel of HTTPS_PROXY and trusts NODE_EXTRA_CA_CERTS",
  async () => {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=mcp.test", "-addext", "subjectAltName=DNS:mcp.test"];
    const files = ["-keyout", key, "-out", cert];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...files, ...subject],
      { stdio: "ignore" },
    );
    const plain = new URL((await startModernHttp()).url);
    const tls = createTls({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
      const target = connectTcp(Number(plain.port), "127.0.0.1");
      socket.pipe(target).pipe(socket);
      for (const end of [socket, target]) end.on("error", () => end.destroy());
    });
    const { port } = new URL(await listen(tls));
    const proxy = await startProxy();
    const host = ["--import", "tsx", fixture("https-host.ts"), `https://mcp.test:${port}/mcp`];

    const trusting = await startProcess(host, { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: cert }, /\n/);
    expect(JSON.parse(trusting.output())).toMatchObject({
      answer: { sum: 3 },
      servers: [{ state: "connected", era: "modern" }],
    });
    expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT mcp.test:${port}`]));

    const wary = await startProcess(host, { HTTPS_PROXY: proxy.url }, /\n/);
    expect(JSON.parse(wary.output()).servers[0].error).toMatch(/self.signed certificate/);
  },
);
