import { vi } from "vitest";

// Tracking must change nothing that a program or its author sees: all that is tested of programs is tested with it, too.
vi.mock("../../src/language/index.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../src/language/index.ts")>();
  const prepare: typeof original.prepare = (source, options) => original.prepare(source, { track: true, ...options });
  return { ...original, prepare };
});

await import("./engine.test.ts");
await import("./errors.test.ts");
await import("./fuzz.test.ts");
await import("./places.test.ts");
await import("./positions.test.ts");
await import("./repairs.test.ts");
await import("./typescript.test.ts");
await import("./value.test.ts");
await import("./corpus.test.ts");
await import("../corpus/corpus.test.ts");
await import("../sandbox/failures.test.ts");
await import("../sandbox/calls.test.ts");
await import("../contract/contract.test.ts");
