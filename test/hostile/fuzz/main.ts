// `npm run fuzz`: random guest programs, values, snapshots and messages, until something is wrong or the time is over.
import { parseArgs } from "node:util";
import { bundleOnDist } from "../bundle.ts";
import { HostProcess } from "../host-process.ts";
import { ISOLATIONS, type IsolationName } from "../isolations.ts";
import type { Finding } from "./oracle.ts";
import { fuzzPrograms, type ProgramFailure, wrongIn } from "./programs.ts";
import { ROUND_KINDS, type RoundKind, type Task } from "./rounds.ts";

const USAGE = `usage: npm run fuzz -- [--minutes=2] [--seed=text] [--isolation=thread|inline] [--from=0] [--count=N] [--width=2] [--only=programs|values|snapshots|messages]
  Without --minutes and --count it goes on until it is stopped. --seed, --from and --count=1 repeat one program.`;
const MINUTE_MS = 60_000;
/** The parts of the time. */
const PROGRAMS_PART = 0.64;
const ROUND_PART = 0.12;
/** Without a time, rounds end so that programs can go on for ever: they come first then. */
const ROUNDS_WITHOUT_TIME = 100;
const ROUND_KILL_MS = 60_000;
const MAX_TOLD = 10;

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    seed: { type: "string", default: String(Date.now()) },
    isolation: { type: "string" },
    from: { type: "string", default: "0" },
    count: { type: "string" },
    only: { type: "string" },
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
for (const isolation of isolations) {
  if (isWanted("programs")) failed = (await programs(isolation)) || failed;
  for (const round of ROUND_KINDS) if (isWanted(round)) failed = (await rounds(round, isolation)) || failed;
}
process.exit(failed ? 1 : 0);

function isWanted(kind: string): boolean {
  return values.only === undefined || values.only === kind;
}

/** When the share of one kind is over. */
function deadline(part: number): number {
  if (values.minutes === undefined) return Number.POSITIVE_INFINITY;
  const share = values.only === undefined ? part : 1;
  return performance.now() + (Number(values.minutes) * MINUTE_MS * share) / isolations.length;
}

async function rounds(round: RoundKind, isolation: IsolationName): Promise<boolean> {
  const host = new HostProcess<Task, Finding>(child, [isolation]);
  const until = deadline(ROUND_PART);
  const { end, from } = range(values.minutes === undefined ? ROUNDS_WITHOUT_TIME : Number.POSITIVE_INFINITY);
  let failures = 0;
  let done = 0;
  for (let index = from; index < end && performance.now() < until; index++) {
    done++;
    const task = { round, isolation, seed: `${values.seed}:${round}:${index}` };
    const wrong = wrongIn(await host.ask(task, ROUND_KILL_MS));
    if (wrong.length === 0) continue;
    failures++;
    console.log(`\n${isolation}: ${round} ${index} of seed ${values.seed}`);
    for (const sentence of wrong.slice(0, MAX_TOLD)) console.log(`  ${sentence.slice(0, 1000)}`);
    host.end();
  }
  host.end();
  console.log(`${isolation}: ${done} rounds of ${round}, ${failures} failures`);
  return failures > 0 || done === 0;
}

/** The numbers of what is drawn; without an end, and without a time, as many as `count`. */
function range(count: number): { from: number; end: number } {
  const from = Number(values.from);
  return { from, end: from + (values.count === undefined ? count : Number(values.count)) };
}

async function programs(isolation: IsolationName): Promise<boolean> {
  const { end, from } = range(Number.POSITIVE_INFINITY);
  const until = deadline(PROGRAMS_PART);
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
