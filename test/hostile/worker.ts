// A child process that runs the cases its parent sends it, one after the other, and says what was wrong with each.
// Arguments: the isolation, and how long after its limit of time a case may answer.
import type { HostileCase } from "./case.ts";
import type { IsolationName } from "./isolations.ts";
import { judge, makeReady, type Verdict } from "./judge.ts";

const [isolation, slackMs] = process.argv.slice(2);
const options = { isolation: isolation as IsolationName, slackMs: Number(slackMs) };

process.on("message", (hostile: HostileCase) => {
  judge(hostile, options).then(
    (verdict) => process.send?.(verdict),
    (error: Error) => {
      const problems = [`the runner failed: ${error.stack}`];
      process.send?.({ problems, tookMs: 0, stillMs: 0, late: false, grownBytes: 0, summary: "" } satisfies Verdict);
    },
  );
});
await makeReady(options.isolation);
process.send?.("ready");
