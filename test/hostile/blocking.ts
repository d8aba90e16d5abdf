import { defineTool, hostObject, type RunOptions, type SandboxOptions, type ToolTree } from "../../src/index.ts";

/** A program that makes its host do the most work for the bytes it lets out. */
export interface BlockingCase {
  readonly name: string;
  readonly code: string;
  /** What its tools are, beside `echo`. */
  readonly tools?: ToolTree;
  readonly sandbox?: Partial<SandboxOptions>;
  readonly run?: RunOptions;
  /** Whether it suspends with a large memory: sealing takes copies of that. */
  readonly seals?: boolean;
  /** Whether somebody listens to the run's events. */
  readonly listens?: boolean;
}

const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), 1));

export function toolsOf({ tools }: BlockingCase): ToolTree {
  return {
    echo: (value: unknown) => value,
    count: () => 1,
    keep: (value: unknown) => later(value).then(() => 1),
    ...tools,
  };
}

/** Values of a mebibyte or somewhat less as text, by what is in them. */
const VALUES: Readonly<Record<string, string>> = {
  "empty lists": "Array(340000).fill().map(() => [])",
  "empty objects": "Array(340000).fill().map(() => ({}))",
  "small numbers": "Array(500000).fill(0)",
  "a hundred thousand keys": "Object.fromEntries(Array.from({ length: 100000 }, (_, i) => [i.toString(36) + 'k', 0]))",
  "objects of many shapes": "Array.from({ length: 80000 }, (_, i) => ({ ['k' + i.toString(36)]: 0 }))",
  "deep lists": "Array.from({ length: 500 }, () => { let v = []; for (let i = 0; i < 990; i++) v = [v]; return v })",
  escapes: "'\\u0000'.repeat(170000)",
  "lone surrogates": "'\\ud800'.repeat(170000)",
  quotes: "'\"'.repeat(500000)",
  "many Maps": "Array.from({ length: 85000 }, () => new Map())",
  "Maps in Maps":
    "Array.from({ length: 150 }, () => { let v = 0; for (let i = 0; i < 300; i++) v = new Map([[0, v]]); return v })",
  "one large Map": "new Map(Array.from({ length: 90000 }, (_, i) => [i, 0]))",
  Errors: "Array.from({ length: 20000 }, () => new Error(''))",
  Dates: "Array.from({ length: 25000 }, (_, i) => new Date(i))",
  BigInts: "Array.from({ length: 50000 }, () => 1n)",
  "a large BigInt": "BigInt('0x' + 'f'.repeat(200000))",
  "typed arrays": "Array.from({ length: 30000 }, () => new Uint8Array(0))",
  undefined: "Array(50000).fill(undefined)",
  "tagged objects": "[undefined, ...Array.from({ length: 80000 }, (_, i) => ({ ['k' + i.toString(36)]: 0 }))]",
  "regular expressions": "Array.from({ length: 100 }, (_, i) => new RegExp('\\\\p{L}' + i, 'iu'))",
  "a regular expression": "new RegExp('\\\\p{L}'.repeat(900), 'iu')",
};

const results = Object.entries(VALUES).map(([name, value]) => ({ name: `result: ${name}`, code: `return ${value}` }));
/** Values of an eighth of that: a guest has the time to let many of them out. */
const SMALLER: Readonly<Record<string, string>> = {
  "objects of many shapes": "Array.from({ length: 10000 }, (_, i) => ({ ['k' + i.toString(36)]: 0 }))",
  "empty objects": "Array(42000).fill().map(() => ({}))",
  "tagged objects": "[undefined, ...Array.from({ length: 5000 }, (_, i) => ({ ['k' + i.toString(36)]: 0 }))]",
};
const ANY = () => ({ globals: { box: hostObject({ properties: { any: { writable: true } } }) } });

const crossings = Object.entries(SMALLER).flatMap(([name, value]): BlockingCase[] => {
  const calls = (tool: string) =>
    `const v = ${value}; const r = await Promise.all(Array.from({ length: 24 }, () => tools.${tool}(v))); return r.length`;
  return [
    { name: `inputs: ${name}`, code: calls("count") },
    { name: `inputs that are kept: ${name}`, code: calls("keep") },
    { name: `inputs that are listened to: ${name}`, listens: true, code: calls("count") },
    { name: `echoes: ${name}`, code: calls("echo") },
    { name: `yields: ${name}`, code: `const v = ${value}; for (let i = 0; i < 24; i++) yield v; return 1` },
    {
      name: `writes: ${name}`,
      code: `const v = ${value}; for (let i = 0; i < 24; i++) box.any = i % 2 ? v : 0; return 1`,
      sandbox: ANY(),
    },
  ];
});

export const CASES: readonly BlockingCase[] = [
  ...results,
  ...crossings,
  {
    name: "many small calls",
    code: "const v = 'x'.repeat(16000); await Promise.all(Array.from({ length: 256 }, () => tools.echo(v))); return 1",
  },
  {
    name: "a loop of calls",
    code: "for (let i = 0; i < 30000; i++) await tools.count(); return 1",
    sandbox: { limits: { toolCalls: 1_000_000, wallMs: 3000 } },
  },
  {
    name: "a loop of calls, inline",
    code: "for (let i = 0; i < 30000; i++) await tools.count(); return 1",
    sandbox: { isolation: "inline", limits: { toolCalls: 1_000_000, wallMs: 3000 } },
  },
  { name: "a loop of yields", code: "for (let i = 0; i < 9999; i++) yield i; return 1" },
  {
    name: "a loop of yields, inline",
    code: "for (let i = 0; i < 9999; i++) yield i; return 1",
    sandbox: { isolation: "inline" },
  },
  { name: "a loop of timers", code: "for (let i = 0; i < 500; i++) await sleep(0); return 1" },
  {
    name: "timers at once",
    code: "for (let i = 0; i < 10000; i++) setTimeout(() => {}, 0); await sleep(20); return 1",
    sandbox: { limits: { wallMs: 3000 } },
  },
  {
    name: "timers set and cleared",
    code: "for (let r = 0; r < 20; r++) { const l = []; for (let i = 0; i < 9999; i++) l.push(setTimeout(() => {}, 1000)); l.forEach(clearTimeout) } return 1",
  },
  { name: "writes at once", code: "for (let i = 0; i < 9999; i++) box.any = i; return 1", sandbox: ANY() },
  {
    name: "writes listened to",
    listens: true,
    code: "for (let i = 0; i < 9999; i++) box.any = i; return 1",
    sandbox: ANY(),
  },
  { name: "logs: many", code: "for (let i = 0; i < 1000; i++) console.log(i); return 1" },
  {
    name: "logs: wide and deep",
    code: "for (let i = 0; i < 60; i++) console.log(Array(9).fill([[[[1,2,3],[4]],[5]], Array(90).fill(0)])); return 1",
  },
  {
    name: "logs: tables",
    code: "const head = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [String(i).padStart(59, 'x'), 0])); for (let i = 0; i < 10; i++) console.table([head, ...Array(990).fill(0)]); return 1",
  },
  { name: "logs: a large BigInt", code: "console.log(BigInt('0x' + 'f'.repeat(20000))); return 1" },
  {
    name: "logs from a line of many parts",
    code: `async function f() {${"await 'é';".repeat(18000)}} f(); for (let i = 0; i < 1000; i++) console.log(1); return 1`,
  },
  {
    name: "calls from a line of many parts",
    listens: true,
    code: `async function f() {${"await 'é';".repeat(18000)}} const g = (n) => n ? g(n - 1) : tools.count(); for (let i = 0; i < 250; i++) await g(8); return 1`,
  },
  {
    name: "errors thrown by callbacks",
    code: `${"\n".repeat(200000)}for (let i = 0; i < 100; i++) queueMicrotask(() => { throw new Error('x'.repeat(9000)) }); await null; throw new Error('x'.repeat(9000), { cause: new Error('y') })`,
  },
  {
    name: "rejections",
    code: `${"\n".repeat(200000)}for (let i = 0; i < 100; i++) Promise.reject(new Error('x'.repeat(9000))); await sleep(1); return 1`,
  },
  { name: "many errors in one", code: "throw new AggregateError(Array.from({ length: 10000 }, () => new Error('x')))" },
  { name: "a syntax error at the end", code: `${"a;".repeat(120000)} ]` },
  { name: "a syntax error in many lines", code: `${"\n".repeat(250000)} ]` },
  { name: "a large source", code: `${"a=1;".repeat(60000)} return 1` },
  {
    name: "comments",
    code: `${"// c\n1;\n".repeat(20000)} return 1`,
    run: { comments: true } as RunOptions,
    listens: true,
  },
  {
    name: "deferred calls of a large machine",
    seals: true,
    code: "const big = new Uint8Array(40 << 20); for (let i = 0; i < big.length; i += 7) big[i] = i * 2654435761 >>> 13; await tools.wait(); return big[9]",
    tools: { wait: defineTool({ run: (_: unknown, context) => context.defer() }) },
    sandbox: { limits: { snapshotBytes: 64 << 20 } },
  },
  {
    name: "deferred calls of a machine of objects",
    seals: true,
    code: "const v = Array.from({ length: 300000 }, (_, i) => ({ i })); await tools.wait(); return v.length",
    tools: { wait: defineTool({ run: (_: unknown, context) => context.defer() }) },
  },
  {
    name: "a pattern that backtracks",
    code: "try { await tools.named({ name: 'a'.repeat(40) + '!' }) } catch {} return 1",
    tools: {
      named: defineTool({
        input: { type: "object", properties: { name: { type: "string", pattern: "^(a+)+$" } } },
        run: () => 1,
      }),
    },
  },
  {
    name: "a schema and objects of many shapes",
    code: `try { await tools.named({ name: ${VALUES["objects of many shapes"]} }) } catch {} return 1`,
    tools: {
      named: defineTool({
        input: {
          type: "object",
          properties: { name: { type: "array", items: { type: "object", additionalProperties: { type: "number" } } } },
        },
        run: () => 1,
      }),
    },
  },
  {
    name: "a schema of unique items",
    code: "try { await tools.named({ name: Array.from({ length: 9999 }, (_, i) => [i]) }) } catch {} return 1",
    tools: {
      named: defineTool({
        input: { type: "object", properties: { name: { type: "array", uniqueItems: true } } },
        run: () => 1,
      }),
    },
  },
];
