import { spawn } from "node:child_process";
import { ROOT } from "./sources.ts";

/** What a program that was started said and how it ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a program, gives it `input`, and waits for its end. */
export function execute(
  command: string,
  args: readonly string[],
  { cwd = ROOT, env = {}, input = "" }: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, NO_COLOR: "1", ...env } });
    const out = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        out[name] += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...out }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** Runs a module in a process of its own, in the package's folder unless told otherwise; gives what it printed. Fails with its errors. */
export async function runModule(
  module: string,
  options: { cwd?: string; args?: readonly string[] } = {},
): Promise<string> {
  const { args = [], ...rest } = options;
  const { code, stderr, stdout } = await execute(process.execPath, [...args, "--input-type=module", "-"], {
    ...rest,
    input: module,
  });
  if (code !== 0) throw new Error(`the module ended with ${code}:\n${stderr}${stdout}`);
  return stdout;
}
