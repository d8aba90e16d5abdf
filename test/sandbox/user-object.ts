import { afterAll } from "vitest";
import {
  createSandbox,
  type HostObjectOptions,
  hostObject,
  type Outcome,
  type RunOptions,
  type Runtime,
  type Sandbox,
} from "../../src/index.ts";

/** Properties of a host object for tests. */
export const USER: HostObjectOptions["properties"] = {
  name: { value: "Ada", schema: { type: "string", minLength: 1 }, writable: true },
  age: { value: 36, schema: { type: "integer", minimum: 18, maximum: 40 }, writable: true },
  tags: { value: ["a", { deep: [1] }], writable: true },
  id: { value: 7 },
};

/** Tries each statement; what it threw, or "fine". */
export const attempts = (...statements: string[]) => `
const seen = [];
${statements.map((statement) => `try { ${statement}; seen.push("fine") } catch (error) { seen.push(String(error)) }`).join("\n")}
return seen`;

/** A sandbox on a runtime whose programs find the object as `user`; both are closed when the tests of the file are done. */
export function sandboxWithUser(runtime: Runtime): {
  sandbox: Sandbox;
  run(source: string, properties?: HostObjectOptions["properties"], options?: RunOptions): Promise<Outcome>;
  /** The value of a program that must complete. */
  value(source: string, properties?: HostObjectOptions["properties"]): Promise<unknown>;
} {
  const sandbox = createSandbox({ runtime, tools: { add: (a: number, b: number) => a + b } });
  afterAll(async () => {
    await sandbox.close();
    runtime.close();
  });
  const run = (source: string, properties = USER, options: RunOptions = {}): Promise<Outcome> =>
    sandbox.run(source, { ...options, globals: { user: hostObject({ properties }) } });
  const value = async (source: string, properties = USER): Promise<unknown> => {
    const outcome = await run(source, properties);
    if (outcome.status !== "completed") throw new Error(JSON.stringify(outcome));
    return outcome.value;
  };
  return { sandbox, run, value };
}
