import fc from "fast-check";

/** Statements as text; `$` stands for a number of their own in names. */
interface Shapes {
  block: string;
  statement: string;
}

const number = fc.integer({ min: 0, max: 9 });
const delay = fc.constantFrom(0, 1, 5, 5, 40, 3_000, 20_000, 86_400_000);
const tool = fc.constantFrom("now", "now", "later", "fails");

const call = fc.tuple(tool, number).map(([name, n]) => `tools.${name}(${n})`);
const simple = fc.oneof(
  number.map((n) => `note(${n})`),
  call.map((text) => `x = await ${text}; note(x)`),
  delay.map((ms) => `await sleep(${ms}); note("slept ${ms}")`),
  fc.tuple(delay, number).map(([ms, n]) => `setTimeout(() => { x += ${n}; note("timer ${ms}") }, ${ms})`),
  number.map((n) => `queueMicrotask(() => note("micro ${n}"))`),
  number.map((n) => `kept.set("k${n}", x); seen.add(x % 5); note([...kept.keys()].join())`),
  number.map((n) => `counter.add(${n}); note(counter.total)`),
  number.map((n) => `calls.push(spawn(() => tools.now(${n}).then((y) => { note("then " + y); return y })))`),
  fc.constant("note((await Promise.allSettled(calls.splice(0))).length)"),
  number.map((n) => `if (x % 3 === ${n % 3}) throw new RangeError("thrown ${n}")`),
);

const { block } = fc.letrec<Shapes>((tie) => ({
  block: fc.array(tie("statement"), { minLength: 1, maxLength: 4 }).map((all) => all.join(";\n")),
  statement: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    { weight: 5, arbitrary: simple },
    {
      weight: 1,
      arbitrary: fc.tuple(number, tie("block")).map(([n, body]) => `for (let i = 0; i < ${n % 4}; i++) {\n${body}\n}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie("block"), tie("block"), tie("block"))
        .map(
          ([a, b, c]) =>
            `try {\n${a}\n} catch (e) { note(e.name + ": " + e.message);\n${b}\n} finally { note("finally");\n${c}\n}`,
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom("all", "race", "allSettled", "any"),
          fc.array(tie("block"), { minLength: 1, maxLength: 3 }),
        )
        .map(
          ([kind, parts]) =>
            `await Promise.${kind}([${parts.map((part, at) => `spawn(async () => {\n${part}\nreturn ${at} })`).join(", ")}])` +
            `.then((v) => note(v), (e) => note(e.name))`,
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie("block"), number)
        .map(
          ([body, n]) =>
            `{ const held = x + ${n}; const inner = async (depth) => {\n${body}\nreturn depth > 0 ? 1 + (await inner(depth - 1)) : held }; note(await inner(${n % 3})) }`,
        ),
    },
    {
      weight: 1,
      arbitrary: tie("block").map(
        (body) =>
          `for await (const v of (async function* () { for (let i = 0; i < 2; i++) { yield i;\n${body}\n} })()) note(v)`,
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie("block"), number)
        .map(
          ([body, n]) =>
            `{ const numbers = (function* (to) { for (let i = 0; i < to; i++) x += yield i })(${n % 4}); for (const v of numbers) {\n${body}\nnote(v) } }`,
        ),
    },
  ),
}));

/** Programs of waits, timers, loops, closures, generators and failures, that tell what they do. */
export const programs: fc.Arbitrary<string> = block.map(
  (body) => `
const start = Date.now();
const note = (what) => console.log(what, x, Date.now() - start);
const all = [];
const spawn = (f) => { const p = f(); all.push(p); return p };
const kept = new Map(), seen = new Set(), calls = [];
class Counter { #total = 0; add(n) { this.#total += n } get total() { return this.#total } }
const counter = new Counter();
let x = 0;
x = (yield x) + 1;
try {
${body};
} catch (e) { note(e.message) }
while (all.length > 0) await Promise.allSettled(all.splice(0));
const y = yield x;
return { x, y, kept, seen, total: counter.total, at: Date.now() - start, clock: performance.now() >= 0 }`,
);
