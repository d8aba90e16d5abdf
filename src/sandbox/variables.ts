import type { Delta, MachineSetup, VariablesRead } from "../engine/index.ts";
import { RunError } from "../errors.ts";
import type { MachinePort, MachineReport } from "../isolation/index.ts";
import { decode } from "../values/index.ts";
import { formatValue } from "./format.ts";
import type { SessionVariable } from "./session-types.ts";

/** Time that reading may take, getters and proxies of the guest included. */
const VISIT_MS = 500;
/** What all values together may take while they are measured. */
const VISIT_BYTES = 4 << 20;
/** Room for reading, in a heap that may be full. */
const SLACK_BYTES = 4 << 20;
const MAX_PREVIEW = 200;

/** Where a session's state can be looked at: machines of its own, so that looking changes nothing. */
export interface VisitedSession {
  readonly delta: Delta;
  readonly setup: MachineSetup;
  open(): Promise<MachinePort> | MachinePort;
}

/** The variables of a session. Where reading values breaks a limit, they are told without their values. */
export async function readVariables(session: VisitedSession): Promise<SessionVariable[]> {
  const read = await visit(session, VISIT_BYTES);
  const { breakdown, text } = read.text === undefined ? await visit(session, 0) : read;
  if (text === undefined) throw unreadable(breakdown?.message ?? "nothing was told");
  try {
    return (JSON.parse(text) as RawVariable[]).map(variableOf);
  } catch (error) {
    throw unreadable((error as Error).message);
  }
}

function unreadable(reason: string): RunError {
  const message = `the variables could not be read: ${reason}`;
  return new RunError({ code: "machine_crashed", name: "RunError", message });
}

async function visit({ delta, open, setup }: VisitedSession, maxBytes: number): Promise<VariablesRead> {
  const limits = { ...setup.limits, cpuMs: VISIT_MS, memoryBytes: setup.limits.memoryBytes + SLACK_BYTES };
  const spent = { cpuMs: 0, steps: 0, memoryBytes: 0 };
  const port = await open();
  try {
    const read = new Promise<VariablesRead>((resolve) => {
      port.onReport = (report: MachineReport) => {
        if (report.type === "variables") resolve(report.read);
        else if (report.type === "lost") resolve({ breakdown: report.breakdown });
      };
    });
    port.post({ type: "load", delta: { ...delta, spent }, setup: { ...setup, limits } });
    port.post({ type: "variables", wallLeftMs: VISIT_MS, maxBytes });
    return await read;
  } finally {
    port.close();
  }
}

/** What guest/session-variables.js says of one. */
interface RawVariable {
  readonly name: string;
  readonly type: string;
  readonly class?: string;
  readonly constant?: true;
  /** The beginning of a function's text. */
  readonly head?: string;
  readonly bytes?: number;
  /** Whether there is more than was measured. */
  readonly more?: true;
  /** The text of the value, or of what fits a preview. */
  readonly text?: string;
}

function variableOf(raw: RawVariable): SessionVariable {
  const { bytes, constant, more, name, type } = raw;
  return {
    ...{ name, type, preview: cut(previewOf(raw).replaceAll(/\s+/g, " ")) },
    ...(raw.class !== undefined && { class: raw.class }),
    ...(constant && { constant }),
    ...(bytes !== undefined && { bytes }),
    ...(more && { larger: true }),
  };
}

function previewOf({ class: className, head, name, text, type }: RawVariable): string {
  if (head !== undefined) return signature(head, name);
  if (type === "undefined" || type === "null") return type;
  if (text === undefined) return `[${className ?? type}]`;
  try {
    return formatValue(decode(text, true));
  } catch {
    return `[${className ?? type}]`;
  }
}

/** How a function is called, or what a class is. */
function signature(head: string, name: string): string {
  if (/^class\b/.test(head)) return /^class\b[^{]*/.exec(head)?.[0].trim() ?? `class ${name}`;
  const async = /^async\b/.test(head) ? "async " : "";
  const star = /^(?:async\s+)?(?:function\s*)?\*/.test(head) ? "*" : "";
  const single = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(head)?.[1];
  return `${async}${star}${name}${single === undefined ? parameters(head) : `(${single})`}`;
}

/** From the first bracket to the one that closes it, as far as the text goes. */
function parameters(head: string): string {
  const start = head.indexOf("(");
  let depth = 0;
  for (const { 0: part, index } of head.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|[()[\]{}]/gs)) {
    if (index < start) continue;
    if ("([{".includes(part)) depth++;
    else if (")]}".includes(part) && --depth === 0) return head.slice(start, index + 1);
  }
  return "(…)";
}

function cut(text: string): string {
  return text.length > MAX_PREVIEW ? `${text.slice(0, MAX_PREVIEW)}…` : text;
}
