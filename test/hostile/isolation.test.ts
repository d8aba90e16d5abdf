import { describe, expect, it } from "vitest";
import type { Machine } from "../../src/engine/index.ts";
import { createRuntime, createSandbox, type RunOptions } from "../../src/index.ts";
import { newMachine, program, setup } from "../engine/machines.ts";
import { failureOf } from "../support.ts";

const WALL_MS = 10_000;
// Never a literal in a program: the host would plant it by itself. The program puts the parts together.
const SECRET = "tardigrade-secret-4711";
const MAKE = `const secret = ["tardi", "grade", "-secret-", "47", "11"].join("");`;

/** Ways to hold a secret so that it lies in a machine's memory. */
const PLANTS: Record<string, string> = {
  "a string": "globalThis.held = secret + '!';",
  "a wide string": "globalThis.held = secret + '\\u4e2d';",
  "a typed array": "globalThis.held = new TextEncoder().encode(secret);",
  "the name of a property": "globalThis.held = { [secret]: 1 };",
  "the name of a global": "globalThis[secret] = 1;",
  "a symbol": "globalThis.held = Symbol.for(secret);",
  "the source of a function": "globalThis.held = Function('return \"' + secret + '\"');",
  "a regular expression": "globalThis.held = new RegExp(secret);",
  "an error and its stack": "globalThis.held = new Error(secret); held.stack;",
  "freed memory": "for (let i = 0; i < 200; i++) ({ ['k' + i]: secret + i }); globalThis.held = 1;",
  "deep calls":
    "const f = (n, s) => n ? f(n - 1, s + '') + 1 : JSON.parse(JSON.stringify({ s })).s.length; f(500, secret);",
  "the arguments of a call": "tools.echo({ secret, again: [secret] });",
  "a log": "console.log(secret, { secret });",
  "a waiting closure": "setTimeout(() => secret, 1e6); Promise.resolve(secret).then((x) => x);",
  "a changed prototype": "Array.prototype.secret = secret; Object.prototype[secret] = secret;",
};

/** Ways in which a run ends, and in which a machine is left. */
const ENDINGS: Record<string, string> = {
  "returns it": "return secret;",
  "throws it": "throw new Error(secret);",
  "waits for nothing": "await new Promise(() => {});",
  "waits and is cancelled": "await tools.never(secret);",
  "goes past the result limit": "return secret.repeat(100);",
  "leaves jobs behind": "(async () => { for (;;) await secret; })(); return 1;",
};

describe("what a run leaves in its machine", () => {
  for (const [how, plant] of Object.entries(PLANTS)) {
    for (const [ending, end] of Object.entries(ENDINGS)) {
      it(`is gone after a rewind: ${how}, in a program that ${ending}`, async () => {
        const machine = await newMachine();
        const start = { ...(await program(`${MAKE}\n${plant}\n${end}`)), allowEval: true };
        const turn = machine.start(start, setup({ limits: { ...setup().limits, resultBytes: 1000 } }), WALL_MS);
        expect(turn.breakdown).toBeUndefined();
        expect(machine.reusable).toBe(true);
        expect(finds(machine, SECRET)).toBe(true);
        machine.rewind();
        expect(findsIn(heap(machine), SECRET)).toBe(false);
        machine.rewind(true);
        expect(finds(machine, SECRET)).toBe(false);
      });
    }
  }

  it("is gone from the whole stack when the machine changes tenants", async () => {
    const machine = await newMachine();
    const deep =
      "const f = (n) => n ? [n].map(() => f(n - 1))[0] + 1 : 0; try { for (let i = 10; ; i += 10) f(i); } catch {}";
    machine.start(await program(`${MAKE} ${deep} return secret;`), setup(), WALL_MS);
    const fresh = await newMachine();
    machine.rewind(true);
    expect(Buffer.compare(memory(machine), memory(fresh))).toBe(0);
  });

  it("is gone without a thorough rewind wherever a run can have been", async () => {
    const machine = await newMachine();
    const deep = "const f = () => { try { return f(); } catch { return [3, 2, 1].sort() + (1.5).toFixed(40); } }; f();";
    machine.start(await program(`${deep} return 1;`), setup(), WALL_MS);
    expect(machine.reusable).toBe(true);
    machine.rewind();
    const fresh = await newMachine();
    expect(Buffer.compare(memory(machine), memory(fresh))).toBe(0);
  });

  it("is gone with the machine where the memory grew: such a machine is not used again", async () => {
    const machine = await newMachine();
    machine.start(await program(`${MAKE} return secret.repeat(200000).length;`), setup(), WALL_MS);
    expect(machine.reusable).toBe(false);
  });

  it("does not reach the machine's next program", async () => {
    const machine = await newMachine();
    const changes = `
      globalThis.left = 1; Array.prototype.map = () => "changed"; Object.prototype.extra = 1; Math.max = () => 0;
      delete globalThis.structuredClone; console.log = 1; JSON.parse = null; Symbol.for("left"); class A {}; globalThis.A = A;
      String.prototype.trim = () => "changed"; Promise.prototype.then = null; Object.freeze(Array.prototype);
      setTimeout(() => { globalThis.late = 1 }, 0); queueMicrotask(() => { for (;;); });
      console.count("label"); console.time("label");
      return 1;`;
    const look = `return JSON.stringify([typeof left, [1].map((x) => x + 1), {}.extra, Math.max(1, 2), typeof structuredClone,
      typeof console.log, typeof JSON.parse, typeof A, " a ".trim(), Object.isFrozen(Array.prototype), typeof late]);`;
    const untouched = (await newMachine()).start(await program(look), setup(), WALL_MS).settled?.text;
    machine.start({ ...(await program(changes)), allowEval: true }, setup(), WALL_MS);
    machine.rewind();
    expect(machine.start(await program(look), setup(), WALL_MS).settled?.text).toBe(untouched);
  });

  it("does not open eval for the next program", async () => {
    const machine = await newMachine();
    const probe = await program("try { return Function('return 1')() } catch (error) { return error.name }");
    expect(machine.start({ ...probe, allowEval: true }, setup(), WALL_MS).settled?.text).toBe("1");
    machine.rewind();
    expect(machine.start(probe, setup(), WALL_MS).settled?.text).toBe('"EvalError"');
  });
});

describe("the next run of a sandbox", () => {
  const endings: Record<string, string> = {
    "came back": "return 1;",
    threw: "throw new Error('x');",
    "came to a deadlock": "await new Promise(() => {});",
    "was cancelled": "await tools.never();",
    "went past the result limit": "return 'x'.repeat(2000);",
    "went past the time": "for (;;);",
  };

  for (const [how, end] of Object.entries(endings)) {
    it(`sees nothing of one that ${how}`, async () => {
      const tools = { never: () => new Promise(() => {}) };
      const sandbox = createSandbox({ runtime: createRuntime(), tools, limits: { cpuMs: 200, resultBytes: 1000 } });
      const abort = new AbortController();
      const change = "globalThis.left = 1; Array.prototype.map = null; Object.prototype.extra = 1;";
      const first = sandbox.run(`${change} ${end}`, { signal: abort.signal });
      setTimeout(() => abort.abort(), 100);
      await first;
      const outcome = await sandbox.run("return [typeof left, [1].map((x) => x + 1), typeof {}.extra]");
      expect(outcome).toMatchObject({ status: "completed", value: ["undefined", [2], "undefined"] });
    });
  }
});

describe("randomness", () => {
  const DRAW =
    "return [Math.random(), Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(8))]]";
  const runtime = createRuntime();
  const sandbox = createSandbox({ runtime });

  async function drawn(options: RunOptions = {}): Promise<string> {
    const outcome = await sandbox.run(DRAW, options);
    if (outcome.status !== "completed") throw new Error(failureOf(outcome).message);
    return JSON.stringify(outcome.value);
  }

  it("differs between runs, on the same machine and on others", async () => {
    const one = [await drawn(), await drawn(), ...(await Promise.all([drawn(), drawn(), drawn()]))];
    expect(new Set(one).size).toBe(5);
  });

  it("repeats with a seed, and differs with another", async () => {
    expect(await drawn({ seed: "a" })).toBe(await drawn({ seed: "a" }));
    expect(await drawn({ seed: "a" })).not.toBe(await drawn({ seed: "b" }));
    expect(await drawn({ seed: 1 })).not.toBe(await drawn());
  });
});

function memory(machine: Machine): Buffer {
  const { bytes } = (machine as unknown as { memory: { bytes: Uint8Array<ArrayBuffer> } }).memory;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The memory above the stack: what a rewind always brings back. */
function heap(machine: Machine): Buffer {
  return memory(machine).subarray(1 << 20);
}

function finds(machine: Machine, text: string): boolean {
  return findsIn(memory(machine), text);
}

function findsIn(bytes: Buffer, text: string): boolean {
  return bytes.includes(text, 0, "utf8") || bytes.includes(text, 0, "utf16le");
}
