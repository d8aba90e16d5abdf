// `npm run fuzz`: random guest programs, values, snapshots and messages, until something is wrong or the time is over.
import { parseArgs } from "node:util";
import { bundleOnDist } from "../bundle.ts";
import { ISOLATIONS, type IsolationName } from "../isolations.ts";
import { fuzzPrograms, type ProgramFailure } from "./programs.ts";

const USAGE = `usage: npm run fuzz -- [--minutes=2] [--seed=text] [--isolation=thread|inline] [--from=0] [--count=N] [--width=2]
  Without --minutes and --count it goes on until it is stopped. --seed, --from and --count=1 repeat one program.`;
const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    seed: { type: "string", default: String(Date.now()) },
    isolation: { type: "string" },
    from: { type: "string", default: "0" },
    count: { type: "string" },
    width: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});
const isolations = ISOLATIONS.filter((name) => values.isolation === undefined || values.isolation === name);
if (values.help || isolations.length === 0) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
const child = await bundleOnDist(new URL("child.ts", import.meta.url));
console.log(`seed ${values.seed}`);
let failed = false;
for (const isolation of isolations) failed = (await programs(isolation)) || failed;
process.exit(failed ? 1 : 0);

async function programs(isolation: IsolationName): Promise<boolean> {
  const from = Number(values.from);
  const end = values.count === undefined ? Number.POSITIVE_INFINITY : from + Number(values.count);
  const ms = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes) * MINUTE_MS;
  const until = performance.now() + ms / isolations.length;
  const { seed } = values;
  const goOn = (index: number) => index < end && performance.now() < until;
  const onFailure = (failure: ProgramFailure) => tell(isolation, failure);
  const report = await fuzzPrograms({ child, from, goOn, isolation, onFailure, seed, width: Number(values.width) });
  const { ended, failures, worst } = report;
  const ways = Object.entries(ended)
    .toSorted(([, a], [, b]) => b - a)
    .map(([how, times]) => `${how} ${times}`);
  console.log(`${isolation}: ${report.programs} programs, ${failures} failures; ${ways.join(", ")}`);
  console.log(
    `  worst: event loop still for ${Math.round(worst.stillMs)} ms, memory grown by ${Math.round(worst.grownBytes / 2 ** 20)} MiB`,
  );
  return failures > 0 || report.programs === 0;
}

function tell(isolation: IsolationName, { index, settings, source, wrong }: ProgramFailure): void {
  console.log(`\n${isolation}: program ${index} of seed ${values.seed}`);
  for (const sentence of wrong) console.log(`  ${sentence}`);
  console.log(`  run with ${JSON.stringify(settings)}`);
  console.log(`${source}\n`);
}
