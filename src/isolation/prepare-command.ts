import { prepare, SourceError } from "../language/index.ts";
import type { MachineCommand, MachineReport } from "./port.ts";

/** Carries out the command that needs no machine. Never rejects. */
export async function executePrepare({
  options,
  source,
}: Extract<MachineCommand, { type: "prepare" }>): Promise<MachineReport> {
  try {
    return { type: "prepared", program: await prepare(source, options) };
  } catch (error) {
    if (!(error instanceof SourceError)) {
      return { type: "unprepared", failure: { message: "the source cannot be read as a program" } };
    }
    const { column, frame, hint, line, message } = error;
    const place = { ...(line !== undefined && { line }), ...(column !== undefined && { column }) };
    return {
      type: "unprepared",
      failure: { message, ...place, ...(frame !== undefined && { frame }), ...(hint !== undefined && { hint }) },
    };
  }
}
