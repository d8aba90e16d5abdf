import { CallError } from "../errors.ts";
import { decode } from "../values/index.ts";
import { checkValue, validatorOf } from "./schema.ts";
import { isPlainObject, typeName } from "./show.ts";

/** What a machine must know of a host object to check what is written to it: plain data. */
export interface ObjectShape {
  readonly path: string;
  readonly properties: Readonly<Record<string, { readonly writable: boolean; readonly schema?: unknown }>>;
}

/** What is wrong with a write of a program to a host object; undefined if nothing is. `text` is that of the value. */
export function writeProblem({ path, properties }: ObjectShape, property: string, text: string): string | undefined {
  const name = `${path}.${property}`;
  if (!Object.hasOwn(properties, property)) return `Cannot add property ${name}: the object is not extensible`;
  const { schema, writable } = properties[property] ?? { writable: false };
  if (!writable) return `Property ${name} is read-only and cannot be modified`;
  const title = `Invalid value for property ${name}`;
  try {
    const value = decode(text);
    const problem = plainProblem(value);
    if (problem !== undefined) return `${title}: ${problem}`;
    if (schema !== undefined) checkValue(validatorOf(schema), value, { title, code: "invalid_input" });
    return undefined;
  } catch (error) {
    return error instanceof CallError ? error.message : `${title}: ${(error as Error).message}`;
  }
}

/** Why a decoded value is no plain data: primitives, arrays and plain objects are. */
export function plainProblem(value: unknown): string | undefined {
  const waiting = [value];
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (typeof part !== "object" || part === null) continue;
    if (!Array.isArray(part) && !isPlainObject(part)) {
      return `only plain objects, arrays and primitives are kept, not a ${typeName(part)}`;
    }
    for (const child of Object.values(part)) waiting.push(child);
  }
  return undefined;
}
