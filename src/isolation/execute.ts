import { keptDelta, type Machine, type MachineSetup, unkeptDelta, type WriteCheck } from "../engine/index.ts";
import type { MachineCommand, MachineReport } from "./port.ts";

/** What is asked of a machine; to prepare a text needs none. */
export type MachineOnlyCommand = Exclude<MachineCommand, { type: "prepare" }>;

/**
 * Carries out one command on a machine; `writeCheck` decides about writes to host objects. Throws RangeError for a delta
 * that doesn't fit.
 */
export function execute(
  machine: Machine,
  command: MachineOnlyCommand,
  writeCheck: (setup: MachineSetup) => WriteCheck,
): MachineReport | undefined {
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
      return { type: "parked", delta: keptDelta(machine.save(), command.base) };
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
