import { keptDelta, type Machine, unkeptDelta } from "../engine/index.ts";
import { prepare, SourceError } from "../language/index.ts";
import type { MachineCommand, MachineReport } from "./port.ts";
import { writeCheck } from "./writes.ts";

type PrepareCommand = Extract<MachineCommand, { type: "prepare" }>;

/** Carries out one command on a machine. Throws RangeError for a delta that doesn't fit. */
export function execute(machine: Machine, command: Exclude<MachineCommand, PrepareCommand>): MachineReport | undefined {
  switch (command.type) {
    case "start":
      machine.checkWrite = writeCheck(command.setup);
      return { type: "turn", turn: machine.start(command.start, command.setup, command.wallLeftMs) };
    case "load":
      machine.checkWrite = writeCheck(command.setup);
      machine.load(unkeptDelta(command.delta), command.setup, command.goesOn);
      return undefined;
    case "adopt": {
      const { setup, standing } = command;
      machine.checkWrite = writeCheck(setup);
      machine.load(machine.deltaOf(standing.state, standing.memory), setup, true);
      return undefined;
    }
    case "save":
      return { type: "saved", delta: machine.save(command.collect) };
    case "park":
      return { type: "parked", delta: keptDelta(machine.save()) };
    case "variables":
      return { type: "variables", read: machine.variables(command.wallLeftMs, command.maxBytes) };
    case "observe":
      return { type: "observed", tracked: machine.observe() };
    case "deliver":
      if (command.nowMs !== undefined) machine.clockMs = command.nowMs;
      return { type: "turn", turn: machine.deliver(command.delivery, command.wallLeftMs) };
    case "wake":
      if (command.nowMs !== undefined) machine.clockMs = command.nowMs;
      return { type: "turn", turn: machine.wake(command.timer, command.wallLeftMs) };
  }
}

/** Carries out the command that needs no machine. Never rejects. */
export async function executePrepare({ options, source }: PrepareCommand): Promise<MachineReport> {
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
