// A child process of the fuzzer: runs each trial that its parent sends and says what was wrong.
import { createSandbox } from "../../../src/index.ts";
import { type IsolationName, isolated } from "../isolations.ts";
import { keepStrays } from "../vital-signs.ts";
import { observe, type Trial } from "./oracle.ts";

keepStrays();
process.on("message", (trial: Trial) => {
  observe(trial).then(
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
