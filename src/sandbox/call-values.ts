import { CallError } from "../errors.ts";
import { decode, encode, ValueError } from "../values/index.ts";

/** The arguments of a call. What only the engine in the machine knows fails the call: throws CallError. */
export function decodeInput(text: string): unknown[] {
  try {
    return decode(text) as unknown[];
  } catch (error) {
    throw new CallError("unserializable", `the input cannot leave the program: ${(error as Error).message}`);
  }
}

/** The text of a tool's answer. Throws CallError `output_limit` or `unserializable`. */
export function encodeOutput(value: unknown, maxBytes: number): string {
  try {
    return encode(value, maxBytes);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    if (error.code === "limit") throw new CallError("output_limit", `the tool's answer is ${error.message}`);
    const where = error.path ? ` at ${error.path}` : "";
    const message = `the tool's answer${where} cannot cross: ${error.message}`;
    throw new CallError("unserializable", message, { path: error.path });
  }
}
