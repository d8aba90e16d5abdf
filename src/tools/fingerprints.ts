import { sha256 } from "../engine/index.ts";
import type { ResolvedTool } from "./resolved-tool.ts";
import type { ToolTable } from "./table.ts";

const HEX_DIGITS = 12;

/** What tells whether a tool is still the same to a program: a short hash of its schemas, by its full name. */
export interface Fingerprints {
  /** Of the table as a whole. */
  readonly table: string;
  readonly tools: Readonly<Record<string, string>>;
}

const known = new WeakMap<ToolTable, { version: number; fingerprints: Promise<Fingerprints> }>();

/** The fingerprints of all tools of a table. Descriptions don't count. */
export function fingerprintsOf(table: ToolTable): Promise<Fingerprints> {
  const version = table.version();
  const last = known.get(table);
  if (last?.version === version) return last.fingerprints;
  const fingerprints = makeFingerprints(table);
  known.set(table, { version, fingerprints });
  return fingerprints;
}

/** The tools of an earlier table that are gone or have changed, sorted. */
export function changedTools(before: Fingerprints, now: Fingerprints): { gone: string[]; changed: string[] } {
  const gone: string[] = [];
  const changed: string[] = [];
  for (const [name, hash] of Object.entries(before.tools)) {
    if (!Object.hasOwn(now.tools, name)) gone.push(name);
    else if (now.tools[name] !== hash) changed.push(name);
  }
  return { gone, changed };
}

async function makeFingerprints(table: ToolTable): Promise<Fingerprints> {
  const names = table.names();
  const texts = new Map(names.map((name) => [name, schemaText(table.get(name))]));
  const hashes = new Map<string, string>();
  for (const text of new Set(texts.values())) hashes.set(text, await shortHash(text));
  const tools = Object.fromEntries(names.map((name) => [name, hashes.get(texts.get(name) ?? "") ?? ""]));
  return { table: await shortHash(JSON.stringify(tools)), tools };
}

function schemaText(tool: ResolvedTool | undefined): string {
  try {
    const schemas = [tool?.plain, sorted(tool?.inputSchema), sorted(tool?.outputSchema)];
    return JSON.stringify(tool?.streams ? [...schemas, "streams"] : schemas);
  } catch {
    return "a schema that is no JSON";
  }
}

/** Keys in order: a server may list the same schema in another one next time. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, child]) => [key, sorted(child)]);
}

async function shortHash(text: string): Promise<string> {
  return (await sha256(new TextEncoder().encode(text))).slice(0, HEX_DIGITS);
}
