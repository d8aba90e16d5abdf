// A child process of the fuzzer: carries out each task that its parent sends and says what was wrong.
import { createSandbox } from "../../../src/index.ts";
import { type IsolationName, isolated } from "../isolations.ts";
import { keepStrays } from "../vital-signs.ts";
import { carryOut, type Task } from "./rounds.ts";

keepStrays();
process.on("message", (task: Task) => {
  carryOut(task).then(
    (finding) => process.send?.(finding),
    (error: Error) => {
      const problems = [`the fuzzer failed: ${error.stack}`];
      process.send?.({ problems, late: false, tookMs: 0, stillMs: 0, grownBytes: 0, ended: "none" });
    },
  );
});
const sandbox = createSandbox(isolated(process.argv[2] as IsolationName));
await sandbox.run("return 1");
await sandbox.close();
process.send?.("ready");
