import { Omitted } from "../values/index.ts";

const MAX_DEPTH = 4;
const MAX_ITEMS = 100;
const MAX_WIDTH = 72;
const MAX_CELL = 60;
const MAX_TABLE = 256 * 1024;

/** The text of a console line, as consoles show it: strings bare, `%s` and its kin filled in, other values spelled out. */
export function formatLog(values: readonly unknown[], table = false): string {
  if (table && values.length === 1 && typeof values[0] === "object" && values[0] !== null)
    return formatTable(values[0]);
  const [first, ...rest] = values;
  if (typeof first !== "string" || !/%[sdifjoOc%]/.test(first)) return values.map(topLevel).join(" ");
  const filled = first.replace(/%[sdifjoOc%]/g, (mark) =>
    mark === "%%" ? "%" : rest.length > 0 ? fill(mark, rest.shift()) : mark,
  );
  return [filled, ...rest.map(topLevel)].join(" ");
}

/** A value spelled out in JavaScript's own notation, cut in depth and length where it says so. */
export function formatValue(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "object":
      return value === null ? "null" : formatObject(value, depth);
    default:
      return String(value);
  }
}

function topLevel(value: unknown): string {
  return typeof value === "string" ? value : formatValue(value);
}

function fill(mark: string, value: unknown): string {
  if (mark === "%c") return "";
  if (mark === "%s") return topLevel(value);
  if (mark === "%d" || mark === "%i" || mark === "%f") {
    const number = typeof value === "object" ? Number.NaN : Number(value);
    return String(mark === "%i" ? Math.trunc(number) : number);
  }
  return formatValue(value);
}

function formatObject(value: object, depth: number): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Error) return `[${value.name}: ${value.message}]`;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value))
    return `${value.constructor.name}(${value.byteLength} bytes)`;
  if (value instanceof Omitted) return String(value);
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? "[…]" : "{…}";
  if (Array.isArray(value))
    return wrap(
      "[",
      value.map((item) => formatValue(item, depth + 1)),
      "]",
    );
  if (value instanceof Map) {
    return wrap(
      "Map {",
      [...value].map(([key, item]) => `${formatValue(key, depth + 1)} => ${formatValue(item, depth + 1)}`),
      "}",
    );
  }
  if (value instanceof Set)
    return wrap(
      "Set {",
      [...value].map((item) => formatValue(item, depth + 1)),
      "}",
    );
  return wrap(
    "{",
    Object.entries(value).map(([key, item]) => `${keyText(key)}: ${formatValue(item, depth + 1)}`),
    "}",
  );
}

function wrap(open: string, parts: string[], close: string): string {
  if (parts.length === 0) return open + close;
  const shown = parts.length > MAX_ITEMS ? [...parts.slice(0, MAX_ITEMS), `… ${parts.length - MAX_ITEMS} more`] : parts;
  const spaced = open === "[" ? ["", ""] : [" ", " "];
  const line = `${open}${spaced[0]}${shown.join(", ")}${spaced[1]}${close}`;
  if (line.length <= MAX_WIDTH && !line.includes("\n")) return line;
  return `${open}\n${shown.map((part) => `  ${part.replaceAll("\n", "\n  ")}`).join(",\n")}\n${close}`;
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

/** Rows as a plain text table; what is no list of rows is spelled out. */
function formatTable(rows: object): string {
  const entries: [string, unknown][] =
    rows instanceof Map ? [...rows].map(([key, row]) => [String(key), row]) : Object.entries(rows);
  if (entries.length === 0 || entries.length > 1000) return formatValue(rows);
  const columns = new Set<string>();
  for (const [, row] of entries) {
    if (row !== null && typeof row === "object" && !Array.isArray(row))
      for (const key of Object.keys(row)) columns.add(key);
  }
  const keys = [...columns].slice(0, 50);
  const plain = entries.some(([, row]) => row === null || typeof row !== "object" || Array.isArray(row));
  const head = ["", ...keys, ...(plain ? ["value"] : [])];
  const body = entries.map(([index, row]) => [
    index,
    ...keys.map((key) => cell(row, key)),
    ...(plain ? [plainCell(row)] : []),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((line) => line[column]?.length ?? 0)));
  // Each row takes the width of all columns: a small value can make a large table.
  if (widths.reduce((sum, width) => sum + width + 2, 0) * body.length > MAX_TABLE) return formatValue(rows);
  const line = (cells: string[]) =>
    cells
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function cell(row: unknown, key: string): string {
  if (row === null || typeof row !== "object" || Array.isArray(row) || !Object.hasOwn(row, key)) return "";
  return cutCell((row as Record<string, unknown>)[key]);
}

function plainCell(row: unknown): string {
  return row !== null && typeof row === "object" && !Array.isArray(row) ? "" : cutCell(row);
}

function cutCell(value: unknown): string {
  const text = topLevel(value).replaceAll(/\s+/g, " ");
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}
