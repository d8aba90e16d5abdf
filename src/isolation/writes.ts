import type { MachineSetup, WriteCheck } from "../engine/index.ts";
import { writeProblem } from "../tools/index.ts";

/** What decides, where the machine stands, about writes to the host objects of a run. */
export function writeCheck({ objects = [] }: MachineSetup): WriteCheck {
  return (object, property, text) => {
    const shape = objects.find(({ path }) => path === object);
    return shape ? writeProblem(shape, property, text) : "there is no such object of the host";
  };
}
