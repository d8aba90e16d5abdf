// `npm run test:hostile`: every case in a process of its own, and a summary. Runs on the built package.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { bundleOnDist } from "./bundle.ts";
import { type HostileCase, readCases, readUnholdable } from "./case.ts";
import { type Figures, figuresOf, type Judged, type Spread, wrongWith } from "./figures.ts";
import { ISOLATIONS, type IsolationName } from "./isolations.ts";
import { MEMORY_BYTES } from "./judge.ts";
import { type Fate, runCases } from "./pool.ts";

const MiB = 1024 * 1024;
const PROMISED_SLACK_MS = 400;
/** A child that says nothing for this long hangs. */
const KILL_MS = 12_000;
const AIMS = { overrunMs: 100, grownMiB: MEMORY_BYTES / MiB + 64, stillMs: 50 };
const USAGE = `usage: npm run test:hostile -- [--isolation=thread|inline] [--only=<text of an id>] [--width=2] [--slack=400] [--json]
  Without --isolation: in each of them; what inline isolation can't hold is left out there.`;

const { values } = parseArgs({
  options: {
    isolation: { type: "string" },
    only: { type: "string", multiple: true },
    width: { type: "string", default: String(Math.min(2, cpus().length)) },
    slack: { type: "string", default: String(PROMISED_SLACK_MS) },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const named = ISOLATIONS.filter((name) => values.isolation === undefined || values.isolation === name);
if (named.length === 0) {
  console.error(USAGE);
  process.exit(2);
}
const worker = await bundleOnDist(new URL("worker.ts", import.meta.url));
let failed = false;
for (const isolation of named) {
  const figures = await suite(isolation);
  failed ||= Object.keys(figures.failures).length > 0 || figures.cases === 0;
  if (values.json) console.log(JSON.stringify({ isolation, ...figures }));
  else tell(isolation, figures);
}
process.exit(failed ? 1 : 0);

async function suite(isolation: IsolationName): Promise<Figures> {
  const cases = casesFor(isolation);
  let done = 0;
  const onFate = (hostile: HostileCase, fate: Fate) => {
    done++;
    const wrong = wrongWith(fate);
    for (const sentence of wrong) console.error(`${isolation} ${hostile.id}: ${sentence}`);
    if (done % 100 === 0) console.error(`${isolation}: ${done} of ${cases.length}`);
  };
  const width = Number(values.width);
  const slackMs = Number(values.slack);
  const fates = await runCases(cases, {
    isolation,
    slackMs,
    width,
    killMs: KILL_MS,
    attempts: 3,
    childPerCase: true,
    worker,
    onFate,
  });
  const judged = cases.flatMap((hostile): Judged[] => {
    const fate = fates.get(hostile.id);
    return fate ? [{ hostile, fate }] : [];
  });
  return figuresOf(judged, AIMS);
}

function casesFor(isolation: IsolationName): HostileCase[] {
  const left = new Set(isolation === "inline" ? readUnholdable().map(({ id }) => id) : []);
  const all = [...readCases("cases.json"), ...readCases("own-cases.json")];
  const { only = [] } = values;
  return all.filter(({ id }) => !left.has(id) && (only.length === 0 || only.some((text) => id.includes(text))));
}

function tell(isolation: IsolationName, { cases, failures, over, triedAgain, ...spreads }: Figures): void {
  console.log(`\n${isolation}: ${cases} cases, ${Object.keys(failures).length} failed`);
  for (const [id, wrong] of Object.entries(failures)) console.log(`  ${id}: ${wrong.join("; ")}`);
  console.log(`  overrun of the time limit: ${said(spreads.overrunMs, "ms")}`);
  console.log(`  memory grown: ${said(spreads.grownMiB, "MiB")}`);
  console.log(`  event loop stood still: ${said(spreads.stillMs, "ms")}`);
  if (triedAgain.length > 0) console.log(`  tried again, as time alone was wrong: ${triedAgain.join(", ")}`);
  tellOver(`overran by more than ${AIMS.overrunMs} ms`, over.overrunMs);
  tellOver(`grew by more than ${AIMS.grownMiB} MiB`, over.grownMiB);
  if (isolation === "thread") tellOver(`held the event loop for more than ${AIMS.stillMs} ms`, over.stillMs);
}

function said({ count, median, p95, worst, worstId }: Spread, unit: string): string {
  return `median ${median}, p95 ${p95}, worst ${worst} ${unit} (${worstId}); of ${count} cases`;
}

function tellOver(what: string, over: readonly [string, number][]): void {
  if (over.length === 0) return;
  const worstFirst = over.toSorted(([, a], [, b]) => b - a);
  console.log(`  ${what}: ${worstFirst.map(([id, figure]) => `${id} (${figure})`).join(", ")}`);
}
