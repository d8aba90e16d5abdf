import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { type JSValueHandle, QuickJS } from "quickjs-wasi";

const wasm = await readFile(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm"));
const bundle = await build({
  entryPoints: [new URL("../../guest/web/index.js", import.meta.url).pathname],
  bundle: true,
  write: false,
  minify: true,
  format: "iife",
  globalName: "__web",
  target: "es2022",
});

/** The minified web prelude, as a script that sets `__web`. */
export const bundleText: string = bundle.outputFiles[0]?.text ?? "";

/** A machine with nothing but the web interfaces, over a host made of Node. */
export class WebMachine {
  readonly vm: QuickJS;
  /** The run's clock, which only `advance` moves. */
  now = 1_000;
  /** What jobs threw. */
  readonly thrown: unknown[] = [];
  #timers: { id: number; at: number; callback: JSValueHandle }[] = [];
  #ids = 0;

  private constructor(vm: QuickJS) {
    this.vm = vm;
  }

  static async create(): Promise<WebMachine> {
    const machine = new WebMachine(await QuickJS.create({ wasm, timezoneOffset: 0 }));
    machine.#defineHost();
    machine.vm.evalCode(bundleText, "web.js").dispose();
    machine.vm.evalCode("__web.installWeb(__host); delete globalThis.__host").dispose();
    return machine;
  }

  /** Runs the body of an async function and gives what it returns, as JSON would carry it. */
  run(program: string): unknown {
    this.vm.evalCode(`globalThis.__out = undefined; ${wrap(program)}.then((text) => { __out = text })`).dispose();
    this.pump();
    const text = this.evaluate("__out");
    return typeof text === "string" ? JSON.parse(text) : text;
  }

  evaluate(expression: string): unknown {
    const handle = this.vm.evalCode(expression);
    const value = this.vm.dump(handle);
    handle.dispose();
    return value;
  }

  /** Runs all jobs; one that throws doesn't stop the others. */
  pump(): void {
    for (;;) {
      try {
        if (this.vm.executePendingJobs() === 0) return;
      } catch (error) {
        this.thrown.push(error);
      }
    }
  }

  /** Moves the clock and fires the timers that are due. */
  advance(milliseconds: number): void {
    this.now += milliseconds;
    const due = this.#timers.filter((timer) => timer.at <= this.now).sort((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter((timer) => timer.at > this.now);
    for (const { callback } of due) {
      this.vm.callFunction(callback, this.vm.undefined).dispose();
      this.pump();
    }
  }

  #defineHost(): void {
    const { vm } = this;
    const host = vm.newObject();
    const define = (name: string, call: (...args: JSValueHandle[]) => JSValueHandle) =>
      host.setProp(name, vm.newFunction(name, call));
    define("random", (length) => vm.newArrayBuffer(fakeRandom(length?.toNumber() ?? 0)));
    define("encodeUtf8", (text) => vm.newArrayBuffer(new TextEncoder().encode(text?.toString())));
    define("decodeText", (bytes, encoding, fatal) => {
      try {
        const options = { fatal: vm.dump(fatal as JSValueHandle) === true, ignoreBOM: true };
        const decoder = new TextDecoder(encoding?.toString(), options);
        return vm.newString(decoder.decode(vm.dump(bytes as JSValueHandle) as ArrayBuffer));
      } catch {
        return vm.undefined;
      }
    });
    define("now", () => vm.newNumber(this.now));
    define("origin", () => vm.newNumber(1_000));
    define("setTimer", (callback, delay) => {
      this.#ids += 1;
      const kept = (callback as JSValueHandle).dup();
      this.#timers.push({ id: this.#ids, at: this.now + (delay?.toNumber() ?? 0), callback: kept });
      return vm.newNumber(this.#ids);
    });
    define("clearTimer", (id) => {
      this.#timers = this.#timers.filter((timer) => timer.id !== id?.toNumber());
      return vm.undefined;
    });
    vm.global.setProp("__host", host);
  }
}

/** The same program in Node. */
export async function runInNode(program: string): Promise<unknown> {
  const text = (await new Function(`return ${wrap(program)}`)()) as string;
  return JSON.parse(text);
}

/** A program as an expression: the promise of its value as JSON, or of the name of the error it throws. */
function wrap(program: string): string {
  return `(async () => {
    try { const value = await (async () => { ${program} })(); return JSON.stringify(value === undefined ? null : value) }
    catch (error) { return JSON.stringify({ threw: String(error && error.name) }) }
  })()`;
}

/** A counter instead of randomness. */
function fakeRandom(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 37 + 11) & 0xff);
}
