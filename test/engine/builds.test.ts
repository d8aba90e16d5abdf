import { beforeAll, describe, expect, test } from "vitest";
import { buildId, type Delta, type EngineBuild, engineBuild, type Turn } from "../../src/engine/index.ts";
import { createRuntime, type Isolation, type MachineCommand, type MachineReport } from "../../src/isolation/index.ts";
import { newMachine, program, setup } from "./machines.ts";

const WALL_MS = 10_000;
let build: Awaited<ReturnType<typeof engineBuild>>;

beforeAll(async () => {
  build = await engineBuild();
});

/** A machine of an isolation: gives what each command brings. */
async function opened(isolation: Isolation, engine?: EngineBuild) {
  const port = await isolation.open({ memoryBytes: 64 << 20, build: engine });
  let last: MachineReport | undefined;
  port.onReport = (report) => {
    last = report;
  };
  return {
    close: () => port.close(),
    post(command: MachineCommand): MachineReport | undefined {
      last = undefined;
      port.post(command);
      return last;
    },
  };
}

async function savedRun(): Promise<Delta> {
  const machine = await newMachine();
  const source =
    "const seen = new Map([['a', await tools.add(1, 2)]]); seen.set('b', await tools.add(3, 4)); return [...seen]";
  machine.start(await program(source), setup(), WALL_MS);
  return machine.save();
}

function turnOf(report: MachineReport | undefined): Turn {
  return report?.type === "turn" ? report.turn : expect.unreachable("no turn was reported");
}

describe("an engine build given as files", () => {
  test("takes up what its own build suspended, beside machines of the current one", async () => {
    const { isolation } = createRuntime({ threads: 0 });
    const delta = await savedRun();
    expect(delta.engine).toBe(build.id);
    expect(await isolation.engineId).toBe(build.id);
    expect(buildId(build.image)).toBe(build.id);
    for (let i = 0; i < 3; i++) {
      // Files from a store are other objects each time.
      const old = await opened(
        isolation,
        structuredClone({ wasm: build.wasm as Uint8Array<ArrayBuffer>, image: build.image }),
      );
      const current = await opened(isolation);
      old.post({ type: "load", delta, setup: setup() });
      old.post({ type: "deliver", delivery: { id: 1, fulfilled: true, text: "3" }, wallLeftMs: WALL_MS });
      const turn = turnOf(
        old.post({ type: "deliver", delivery: { id: 2, fulfilled: true, text: "7" }, wallLeftMs: WALL_MS }),
      );
      expect(turn.settled?.text).toBe('[["a",3],["b",7]]');
      const start = await program("return 1");
      expect(turnOf(current.post({ type: "start", start, setup: setup(), wallLeftMs: WALL_MS })).settled?.text).toBe(
        "1",
      );
      old.close();
      current.close();
    }
  });

  test("whose prelude is older says so where a newer entry point is used, and only there", async () => {
    const lines = new TextDecoder().decode(build.image).split("\n");
    const head = JSON.parse(lines[0] ?? "") as {
      engine: string;
      layout: { entries: { watch?: number } };
      wasmHash: string;
    };
    delete head.layout.entries.watch;
    const { engineId, unpackImage } = await import("../../src/engine/image.ts");
    const unpacked = await unpackImage({ ...head, memory: lines[1] ?? "" } as never);
    head.engine = await engineId(head.wasmHash, unpacked);
    const image = new TextEncoder().encode(`${JSON.stringify(head)}\n${lines[1]}`);
    const { isolation } = createRuntime({ threads: 0 });
    const machine = await opened(isolation, { wasm: build.wasm as Uint8Array<ArrayBuffer>, image });
    machine.post({ type: "load", delta: await savedRun(), setup: setup() });
    const delivered = machine.post({
      type: "deliver",
      delivery: { id: 1, fulfilled: true, text: "3" },
      wallLeftMs: WALL_MS,
    });
    expect(turnOf(delivered).emissions).toMatchObject([{ type: "call", input: "[3,4]" }]);
    const again = await opened(isolation, { wasm: build.wasm as Uint8Array<ArrayBuffer>, image });
    const start = await program("return 1");
    const turn = turnOf(again.post({ type: "start", start, setup: setup(), wallLeftMs: WALL_MS }));
    expect(turn.breakdown).toMatchObject({
      code: "machine_crashed",
      message: expect.stringContaining('too old to "watch"'),
    });
  });

  test.each<[string, (image: Uint8Array) => unknown]>([
    ["nothing", () => undefined],
    ["a text", (image) => new TextDecoder().decode(image)],
    ["empty", () => new Uint8Array()],
    ["other bytes", () => new Uint8Array(1000).fill(65)],
    ["other JSON", () => new TextEncoder().encode("{}\n")],
    ["null", () => new TextEncoder().encode("null\n")],
  ])("is refused at once where its image is %s", async (_what, change) => {
    expect(() => buildId(change(build.image) as Uint8Array)).toThrow(
      expect.objectContaining({
        name: "UsageError",
        message: expect.stringContaining("the bytes that engineBuild gave"),
      }),
    );
  });

  test.each<[string, () => EngineBuild]>([
    ["an image cut off", () => ({ ...files(), image: build.image.subarray(0, -1000) })],
    [
      "an image with a changed memory",
      () => ({ ...files(), image: build.image.with(-500, build.image.at(-500) === 65 ? 66 : 65) }),
    ],
    ["an image with another layout", () => ({ ...files(), image: replaced('"argv":', '"argv":1') })],
    ["an image too large for its pages", () => ({ ...files(), image: replaced('"pages":', '"pages":1}, "x":{"n":') })],
    ["another wasm", () => ({ ...files(), wasm: files().wasm.with(-9, 1) })],
    ["no wasm", () => ({ ...files(), wasm: undefined as never })],
  ])("is refused where it has %s, and not remembered", async (_what, damaged) => {
    const { isolation } = createRuntime({ threads: 0 });
    const opening = async () => void (await isolation.open({ memoryBytes: 64 << 20, build: damaged() }));
    await expect(opening()).rejects.toThrow(expect.objectContaining({ name: "UsageError" }));
    const good = await opened(isolation, files());
    good.close();
  });
});

function files() {
  return { wasm: build.wasm as Uint8Array<ArrayBuffer>, image: build.image };
}

function replaced(from: string, to: string): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(build.image).replace(from, to));
}
