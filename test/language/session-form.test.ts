// The suites of the language once more, with every program prepared as one of a session: it must do the same.
import { vi } from "vitest";
import type { PrepareOptions } from "../../src/language/index.ts";

vi.mock("../../src/language/index.ts", async (original) => {
  const language = await original<typeof import("../../src/language/index.ts")>();
  const prepare = (source: string, options?: PrepareOptions) => language.prepare(source, { ...options, session: true });
  return { ...language, prepare };
});

await import("./corpus.test.ts");
await import("./engine.test.ts");
await import("./errors.test.ts");
await import("./fuzz.test.ts");
await import("./places.test.ts");
await import("./positions.test.ts");
await import("./repairs.test.ts");
await import("./typescript.test.ts");
await import("./value.test.ts");
