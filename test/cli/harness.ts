import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The built program: what users run. */
export const BIN: string = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
// From util-linux; runs a command in a pseudo-terminal.
const SCRIPT = "script";
export const hasPty: boolean = spawnSync(SCRIPT, ["-qec", "true", "/dev/null"]).status === 0;

const RAW_SERVER = fileURLToPath(new URL("../mcp/fixtures/raw-server.mjs", import.meta.url));
// The key file of whoever runs the tests is not to be touched.
const DATA = mkdtempSync(join(tmpdir(), "tardigrade-cli-data-"));
const UNSET = {
  ...{ NO_COLOR: undefined, FORCE_COLOR: undefined, TARDIGRADE_KEY: undefined },
  ...{ TERM: "xterm-256color", XDG_DATA_HOME: DATA, USER: "ada" },
};

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcessWithoutNullStreams;
  ended: Promise<Ended>;
  /** Resolves when the text was printed on either stream. */
  seen(text: string): Promise<void>;
}

export interface Options {
  env?: Record<string, string>;
  stdin?: string;
  /** The standard input stays open. */
  openStdin?: boolean;
  cwd?: string;
}

/** Starts `tardigrade` with pipes. */
export function start(args: string[], options: Options = {}): Started {
  const started = startProcess(process.execPath, [BIN, ...args], options);
  started.child.stdin.on("error", () => {});
  if (!options.openStdin) started.child.stdin.end(options.stdin ?? "");
  return started;
}

/** Runs `tardigrade` to its end. */
export function tardigrade(args: string[], options: Options = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** Starts `tardigrade` in a pseudo-terminal; what is written to its standard input is typed. */
export function startInTerminal(args: string[], options: Options = {}): Started {
  const command = [process.execPath, BIN, ...args].map(quote).join(" ");
  return startProcess(SCRIPT, ["-qec", `stty cols 80 rows 24; ${command}`, "/dev/null"], options);
}

/** Runs a shell script in which `$BIN` is the program. */
export function shell(script: string): Promise<Ended> {
  const started = startProcess("bash", ["-c", script], { env: { BIN: `${process.execPath} ${BIN}` } });
  started.child.stdin.end();
  return started.ended;
}

/** A path in a folder of its own, where nothing stands yet. */
export function newPath(name: string): string {
  return join(mkdtempSync(join(tmpdir(), "tardigrade-cli-")), name);
}

/** A file with a text, in a folder of its own. */
export function fileWith(name: string, text: string): string {
  const path = newPath(name);
  writeFileSync(path, text);
  return path;
}

/** A configuration file with one server under the name `raw`, which does what tests ask of it. */
export function rawConfig(more: Record<string, unknown> = {}, env: Record<string, string> = {}): string {
  const raw = { command: process.execPath, args: [RAW_SERVER], env };
  return fileWith("servers.json", JSON.stringify({ mcpServers: { raw, ...more } }));
}

/** Whether a process runs; a zombie that nobody reaps does not. */
export function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, "utf8"));
}

function startProcess(command: string, args: string[], { cwd, env }: Options): Started {
  const child = spawn(command, args, { cwd: cwd ?? ROOT, env: { ...process.env, ...UNSET, ...env } });
  const output = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...output })));
  const seen = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => (output.stdout + output.stderr).includes(text) && resolve();
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without ${JSON.stringify(text)}: ${JSON.stringify(output)}`)));
    });
  return { child, ended, seen };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
