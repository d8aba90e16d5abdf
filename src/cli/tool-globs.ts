import type { Policy } from "../index.ts";
import { CliError } from "./exit-codes.ts";
import { oneLine } from "./text.ts";

/** Whether a tool's full name matches: `*` stands for anything within a segment, `**` for anything. */
export function toolGlob(glob: string): (tool: string) => boolean {
  const parts = glob.split(/(\*+)/).map((part) => {
    if (part === "*") return "[^.]*";
    return part.startsWith("*") ? ".*" : part.replaceAll(/[.+?^${}()|[\]\\/-]/g, "\\$&");
  });
  const pattern = new RegExp(`^${parts.join("")}$`, "su");
  return (tool) => pattern.test(tool);
}

/** A policy that asks for approval where a glob matches; undefined for no globs. */
export function askPolicy(globs: readonly string[]): Policy | undefined {
  if (globs.length === 0) return undefined;
  const matchers = globs.map(toolGlob);
  return ({ tool }) => (matchers.some((matches) => matches(tool)) ? "ask" : "allow");
}

const ASK_LABEL = "tardigrade.ask";

/** The globs of `--ask` as labels of a run, so that its snapshots keep them. */
export function labelsOf(globs: readonly string[]): { labels?: Record<string, string> } {
  return globs.length === 0 ? {} : { labels: { [ASK_LABEL]: globs.join("\n") } };
}

/** The globs that the run of a snapshot was started with. */
export function keptAsks({ labels }: { labels?: Readonly<Record<string, string>> }): readonly string[] {
  return labels?.[ASK_LABEL]?.split("\n") ?? [];
}

/** Refuses globs that match none of the tools: a slip of the pen would let calls pass unasked. Throws CliError. */
export function checkGlobs(globs: readonly string[], tools: readonly string[]): void {
  if (tools.length === 0) return;
  for (const glob of globs) {
    if (tools.some(toolGlob(glob))) continue;
    throw new CliError(
      `--ask ${oneLine(glob)} matches no tool; names are server.tool, * stands for a part of one, ** for anything (tardigrade tools lists them)`,
    );
  }
}
