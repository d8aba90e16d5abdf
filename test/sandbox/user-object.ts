import type { HostObjectOptions } from "../../src/index.ts";

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
