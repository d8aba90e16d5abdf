import type { Breakdown, Delta, Emission, Turn } from "../engine/index.ts";
import type { MachineReport } from "../isolation/index.ts";

/** Whether a value has the shape that its name says. */
type Test = (value: unknown) => boolean;

const isText: Test = (value) => typeof value === "string";
const isFlag: Test = (value) => typeof value === "boolean";
const isNumber: Test = (value) => typeof value === "number";
/** A number of something: NaN and what is below zero is none. */
const isCount: Test = (value) => typeof value === "number" && value >= 0;
const isId: Test = (value) => Number.isInteger(value);
const isBytes: Test = (value) => value instanceof Uint8Array;
const isObject: Test = (value) => value !== null && typeof value === "object";

const either =
  (...tests: readonly Test[]): Test =>
  (value) =>
    tests.some((test) => test(value));
const optional = (test: Test): Test => either((value) => value === undefined, test);
const oneOf =
  (...values: readonly unknown[]): Test =>
  (value) =>
    values.includes(value);
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
const tuple =
  (...tests: readonly Test[]): Test =>
  (value) =>
    Array.isArray(value) && value.length === tests.length && tests.every((test, at) => test(value[at]));

/** An object with at least these fields. */
function shape<T>(fields: { readonly [K in keyof T]-?: Test }): Test {
  const tests = Object.entries<Test>(fields);
  return (value) => isObject(value) && tests.every(([name, test]) => test((value as Record<string, unknown>)[name]));
}

type EmissionOf<T extends Emission["type"]> = Extract<Emission, { type: T }>;
const EMISSIONS: { readonly [T in Emission["type"]]: Test } = {
  call: shape<EmissionOf<"call">>({ type: isText, id: isId, tool: isText, input: isText, stack: isText }),
  refused: shape<EmissionOf<"refused">>({ type: isText, id: isId, tool: isText, failure: isText, stack: isText }),
  timer: shape<EmissionOf<"timer">>({
    ...{ type: isText, id: isId, delayMs: isCount, stack: isText },
    what: oneOf("sleep", "sleepUntil", "setTimeout", "setInterval"),
  }),
  clear: shape<EmissionOf<"clear">>({ type: isText, id: isId }),
  pull: shape<EmissionOf<"pull">>({ type: isText, id: isId, call: isId }),
  stop: shape<EmissionOf<"stop">>({ type: isText, call: isId }),
  yield: shape<EmissionOf<"yield">>({ type: isText, id: isId, value: isText, stack: isText }),
  log: shape<EmissionOf<"log">>({ type: isText, level: isText, values: isText, stack: isText, at: isNumber }),
  comment: shape<EmissionOf<"comment">>({ type: isText, index: isId, length: isCount }),
  set: shape<EmissionOf<"set">>({ type: isText, object: isText, property: isText, value: isText, stack: isText }),
  dropped: shape<EmissionOf<"dropped">>({
    ...{ type: isText, count: isCount },
    what: oneOf("log entries", "refused calls", "uncaught errors"),
  }),
  uncaught: shape<EmissionOf<"uncaught">>({ type: isText, error: isText }),
};

const isEmission: Test = (value) => {
  const type = isObject(value) && (value as { type?: unknown }).type;
  return typeof type === "string" && Object.hasOwn(EMISSIONS, type) && EMISSIONS[type as Emission["type"]](value);
};
const isLogged: Test = (value) => EMISSIONS.log(value) || EMISSIONS.comment(value);

const isSpent = shape<Turn["spent"]>({ cpuMs: isCount, steps: isCount, memoryBytes: isCount });
const isBreakdown = shape<Breakdown>({
  code: oneOf(
    ...["cpu_limit", "wall_limit", "step_limit", "memory_limit", "stack_limit", "yield_limit", "machine_crashed"],
  ),
  message: isText,
});
const isTracked = shape<NonNullable<Turn["tracked"]>>({
  variables: listOf((value) =>
    either(shape({ name: isText, text: isText }), shape({ name: isText, kind: isText }))(value),
  ),
  lines: listOf(tuple(isId, isCount)),
});
const isSettlement = shape<NonNullable<Turn["settled"]>>({
  ...{ fulfilled: isFlag, text: isText, unhandled: listOf(isText), moreUnhandled: isCount },
});
const isTurn = shape<Turn>({
  emissions: listOf(isEmission),
  spent: isSpent,
  settled: optional(isSettlement),
  breakdown: optional(isBreakdown),
  refused: optional(isText),
  deadlock: optional(shape({ line: isCount })),
  tracked: optional(isTracked),
});
const isDelta = shape<Delta>({
  words: (value) => isBytes(value) && (value as Uint8Array).length % 4 === 0,
  ...{ pages: isCount, engine: isText, program: isId, rejections: listOf(isId), spent: isSpent },
  ...{ outstanding: listOf(isId), timers: listOf(isId), inFlight: listOf(tuple(isId, isCount)) },
  ...{ calls: isCount, yields: isCount, writes: isCount, refusedId: optional(isId), overLimit: isCount },
  uncaughtErrors: isCount,
  random: optional(listOf(isNumber)),
  logs: shape<Delta["logs"]>({ entries: isCount, bytes: isCount, dropped: isCount, tail: listOf(isLogged) }),
});

type ReportOf<T extends MachineReport["type"]> = Extract<MachineReport, { type: T }>;
const REPORTS: { readonly [T in MachineReport["type"]]: Test } = {
  prepared: shape<ReportOf<"prepared">>({
    type: isText,
    program: shape({ text: isText, form: oneOf("async", "generator"), repairs: listOf(isObject), positions: isObject }),
  }),
  unprepared: shape<ReportOf<"unprepared">>({ type: isText, failure: shape({ message: isText }) }),
  turn: shape<ReportOf<"turn">>({ type: isText, turn: isTurn }),
  saved: shape<ReportOf<"saved">>({ type: isText, delta: isDelta }),
  // Between a pool and its places: no run asks for it.
  parked: () => false,
  variables: shape<ReportOf<"variables">>({
    type: isText,
    read: shape<ReportOf<"variables">["read"]>({ text: optional(isText), breakdown: optional(isBreakdown) }),
  }),
  observed: shape<ReportOf<"observed">>({ type: isText, tracked: optional(isTracked) }),
  lost: shape<ReportOf<"lost">>({ type: isText, breakdown: isBreakdown, spent: isSpent }),
};

/** Whether something is a report of a machine: all fields there, each of its type. */
export function isReport(report: unknown): report is MachineReport {
  const type = isObject(report) && (report as { type?: unknown }).type;
  return typeof type === "string" && Object.hasOwn(REPORTS, type) && REPORTS[type as MachineReport["type"]](report);
}
