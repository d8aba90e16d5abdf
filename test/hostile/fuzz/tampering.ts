import type { Isolation, MachineNeed, MachinePort, MachineReport, Runtime } from "../../../src/isolation/index.ts";
import type { Random } from "./random.ts";

/** What can happen to a report on its way. */
const WAYS = ["change", "change", "change", "repeat", "late", "invent", "lose turn"] as const;
/** Values that no field has. */
const ODD: readonly unknown[] = [
  ...[undefined, null, -1, 0, 1e9, 2 ** 53, Number.NaN, 1.5, "", "~", '"', "x".repeat(5000), "__proto__", true, false],
  ...[{}, [], [[]], [null], { __proto__: null }, 5n, new Uint8Array(3), new Date(Number.NaN)],
];
const SPENT = { cpuMs: 1, steps: 1, memoryBytes: 1 };

/** A runtime whose machines now and then say what they can't have meant; `harm` says how often. */
export function tamperedRuntime(runtime: Runtime, random: Random, harm: number): Runtime {
  const { inline = runtime.isolation, isolation } = runtime;
  const tampered = {
    isolation: tamperedIsolation(isolation, random, harm),
    inline: tamperedIsolation(inline, random, harm),
  };
  return Object.assign(Object.create(runtime), tampered);
}

function tamperedIsolation(isolation: Isolation, random: Random, harm: number): Isolation {
  return {
    engineId: isolation.engineId,
    async open(need: MachineNeed): Promise<MachinePort> {
      return new TamperedPort(await isolation.open(need), random, harm);
    },
    stats: () => isolation.stats(),
    close: () => isolation.close(),
  };
}

class TamperedPort implements MachinePort {
  onReport: (report: MachineReport) => void = () => undefined;
  private readonly inner: MachinePort;
  private readonly random: Random;
  private readonly harm: number;
  private isClosed = false;

  constructor(inner: MachinePort, random: Random, harm: number) {
    this.inner = inner;
    this.random = random;
    this.harm = harm;
    inner.onReport = (report) => this.reported(report);
  }

  post(command: Parameters<MachinePort["post"]>[0]): void {
    this.inner.post(command);
  }

  close(): void {
    this.isClosed = true;
    this.inner.close();
  }

  private reported(report: MachineReport): void {
    const { random } = this;
    if (!random.chance(this.harm)) {
      this.pass(report);
      return;
    }
    switch (random.pick(WAYS)) {
      case "change":
        this.pass(changed(report, random));
        break;
      case "repeat":
        this.pass(report);
        this.pass(report);
        break;
      case "late":
        setTimeout(() => this.pass(report), random.below(10));
        break;
      case "invent":
        this.pass(invented(random));
        this.pass(report);
        break;
      case "lose turn":
        // The run's own clock ends it. What else is lost, the isolation answers with `lost`.
        if (report.type !== "turn") this.pass(report);
    }
  }

  private pass(report: unknown): void {
    if (!this.isClosed) this.onReport(report as MachineReport);
  }
}

/** A copy with one to three fields that are something else, or gone. */
function changed(report: MachineReport, random: Random): unknown {
  const copy: unknown = structuredClone(report);
  for (let times = 1 + random.below(3); times > 0; times--) changeOne(copy, random);
  return copy;
}

function changeOne(root: unknown, random: Random): void {
  let holder = root as Record<string, unknown>;
  // What is made of the author's text comes from no guest: only whether it is one is looked at.
  const depth = holder.type === "prepared" ? 1 : Number.POSITIVE_INFINITY;
  for (let at = 0; ; at++) {
    const keys = Object.keys(holder);
    if (keys.length === 0) return;
    const key = random.pick(keys);
    const inner = holder[key];
    const canEnter = inner !== null && typeof inner === "object" && !ArrayBuffer.isView(inner);
    if (canEnter && at < depth && Object.keys(inner).length > 0 && random.chance(0.8)) {
      holder = inner as Record<string, unknown>;
      continue;
    }
    if (random.chance(0.2)) delete holder[key];
    else holder[key] = flipped(inner, random);
    return;
  }
}

function flipped(value: unknown, random: Random): unknown {
  if (random.chance(0.5)) return random.pick(ODD);
  if (typeof value === "number") return value ^ (1 << random.below(31));
  if (typeof value === "boolean") return !value;
  if (typeof value !== "string") return random.pick(ODD);
  const at = random.below(value.length);
  return value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ (1 << random.below(8))) + value.slice(at + 1);
}

/** A report that nothing asked for. */
function invented(random: Random): unknown {
  const id = random.pick([0, 1, 2, 99, -1, "1", null]);
  const stack = random.pick(["", "at program.js:1:1", 5]);
  const emission = random.pick<unknown>([
    { type: "call", id, tool: random.pick(["echo", "nowhere", "__proto__", ""]), input: "[1]", stack },
    { type: "refused", id, tool: "echo", failure: "{}", stack },
    { type: "timer", id, what: "sleep", delayMs: random.pick([0, -1, Number.NaN, 1e12]), stack },
    { type: "clear", id },
    { type: "pull", id, call: id },
    { type: "stop", call: id },
    { type: "yield", id, value: random.pick(["1", "", "~{"]), stack },
    { type: "log", level: "log", values: random.pick(["[1]", "{", "5"]), stack, at: 0 },
    { type: "comment", index: 99, length: 5 },
    { type: "set", object: "user", property: "__proto__", value: "1", stack },
    { type: "dropped", what: "log entries", count: -1 },
    { type: "uncaught", error: "{" },
    { type: "nothing" },
    null,
  ]);
  const settled = {
    fulfilled: random.chance(0.5),
    text: random.pick(["1", "{", "~{"]),
    unhandled: [],
    moreUnhandled: 0,
  };
  return random.pick<unknown>([
    { type: "turn", turn: { emissions: [emission], spent: SPENT } },
    { type: "turn", turn: { emissions: [emission, emission], spent: SPENT, settled } },
    { type: "turn", turn: { emissions: [], spent: SPENT, refused: "{" } },
    { type: "turn", turn: { emissions: [], spent: SPENT, deadlock: { line: 1e9 } } },
    { type: "turn", turn: { emissions: [], spent: SPENT, breakdown: { code: "nothing", message: "?" } } },
    { type: "turn", turn: {} },
    { type: "turn" },
    { type: "saved", delta: {} },
    { type: "variables", read: { text: "{" } },
    { type: "observed", tracked: { variables: [{}], lines: [[]] } },
    { type: "prepared", program: {} },
    { type: "unprepared", failure: {} },
    { type: "lost", breakdown: { code: "machine_crashed", message: "?" }, spent: SPENT },
    { type: "nothing" },
    {},
    null,
    "report",
  ]);
}
