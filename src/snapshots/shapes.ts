import type { Delta } from "../engine/index.ts";
import type { SnapshotMeta } from "./types.ts";

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === "number" && value >= 0;
const isText: Check = (value) => typeof value === "string";
const isList =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

/** Own properties only: a text sets no others. */
const isRecord =
  (fields: Record<string, Check>): Check =>
  (value) =>
    value !== null &&
    typeof value === "object" &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));

const isTexts: Check = (value) => value !== null && typeof value === "object" && Object.values(value).every(isText);
const isPair: Check = (value) => isList(isNumber)(value) && (value as number[]).length === 2;
const isEntry = isRecord({ type: isText, level: isText, values: isText, stack: isText, at: isNumber });
const isComment = isRecord({ type: (value) => value === "comment", index: isNumber, length: isNumber });
const isLog: Check = (value) => isEntry(value) || isComment(value);
const isSpent = isRecord({ cpuMs: isNumber, steps: isNumber, memoryBytes: isNumber });

const isPending = isRecord({ id: isText, tool: isText, input: isText, kind: isText, since: isNumber });

const META: Record<keyof SnapshotMeta, Check> = {
  kind: (value) => value === "run" || value === "session",
  runId: isText,
  generation: isNumber,
  name: isOptional(isText),
  tenant: isOptional(isText),
  labels: isOptional(isTexts),
  sourceHash: isText,
  startedAt: isNumber,
  suspendedAt: isNumber,
  pending: isList(isPending),
  usage: isSpent,
};

const DELTA: Record<keyof Delta, Check> = {
  words: (value) => value instanceof Uint8Array,
  pages: (value) => isNumber(value) && (value as number) <= 65_536,
  engine: isText,
  program: isNumber,
  rejections: isList(isNumber),
  outstanding: isList(isNumber),
  timers: isList(isNumber),
  inFlight: isList(isPair),
  calls: isNumber,
  yields: isNumber,
  writes: isNumber,
  refusedId: isOptional(isNumber),
  overLimit: isNumber,
  uncaughtErrors: isNumber,
  random: isOptional(isList(isNumber)),
  logs: isRecord({ entries: isNumber, bytes: isNumber, dropped: isNumber, tail: isList(isLog) }),
  spent: isSpent,
};

/** Whether a value has the form of metadata, calls packed. */
export const isMeta = isRecord(META) as (value: unknown) => value is SnapshotMeta;

/** Whether a value has the form of a delta. */
export const isDelta = isRecord(DELTA) as (value: unknown) => value is Delta;
