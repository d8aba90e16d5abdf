#!/usr/bin/env node
import process from "node:process";
import { isatty } from "node:tty";
import { runCli } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { StreamOutput } from "./stream-output.ts";
import { TerminalKeyboard } from "./terminal-keyboard.ts";
import { visible } from "./text.ts";

const cancelling = new AbortController();
let signalled: "SIGINT" | "SIGTERM" | undefined;

for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    // What runs gets its chance to end in order; who asks twice means now. Servers end with us in any case.
    if (signalled !== undefined) process.exit(EXIT[name]);
    signalled = name;
    cancelling.abort(new Error(`ended by ${name}`));
  });
}

const onBroken = (): void => cancelling.abort(new Error("nobody reads the output"));
const stdout = new StreamOutput(process.stdout, onBroken);
const stderr = new StreamOutput(process.stderr, onBroken);

process.exit(await main());

async function main(): Promise<number> {
  const { env } = process;
  const keyboard = isatty(0) ? new TerminalKeyboard(() => process.stdin) : undefined;
  const context = { stdout, stderr, env, signal: cancelling.signal, readStdin, keyboard };
  const code = await runCli(process.argv.slice(2), context).catch((error: unknown) => {
    stderr.write(`tardigrade: ${visible(String((error as Error)?.stack ?? error))}\n`);
    return EXIT.failed;
  });
  await stdout.flushed();
  if (stdout.problem) stderr.write(`tardigrade: the output can't be written: ${stdout.problem.message}\n`);
  await stderr.flushed();
  // A signal that came while the guest computed is heard only now.
  await new Promise((resolve) => setImmediate(resolve));
  if (signalled !== undefined) return EXIT[signalled];
  return stdout.problem && code === EXIT.completed ? EXIT.failed : code;
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
