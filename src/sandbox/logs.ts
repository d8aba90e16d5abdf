import type { Emission } from "../engine/index.ts";
import { decode } from "../values/index.ts";
import { formatLog } from "./format.ts";
import type { LogEntry } from "./types.ts";

const LEVELS: Readonly<Record<string, LogEntry["level"]>> = {
  log: "log",
  table: "log",
  info: "info",
  warn: "warn",
  error: "error",
  debug: "debug",
};

/** A log entry of what the guest's console let out. */
export function logEntry(emission: Extract<Emission, { type: "log" }>, line: number | undefined): LogEntry {
  const values = valuesOf(emission.values);
  return {
    level: LEVELS[emission.level] ?? "log",
    values,
    text: formatLog(values, emission.level === "table"),
    at: emission.at,
    ...(line !== undefined && { line }),
  };
}

function valuesOf(text: string): readonly unknown[] {
  try {
    const values = decode(text, true);
    return Array.isArray(values) ? values : [values];
  } catch {
    return ["[not readable]"];
  }
}
