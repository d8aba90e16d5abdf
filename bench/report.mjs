const PEER_ORDER = ["bare engine", "isolated-vm", "quickjs-emscripten", "run", "llmz", "@sebastianwessel/quickjs"];

/** The results as a page. */
export function writeReport({ failed, machine, missing, rows, world: { bare, ours, peers } }) {
  const columns = PEER_ORDER.filter((key) => rows.some((row) => row.peers.some((peer) => peer.key === key)));
  const lines = [
    "# Benchmark results",
    "",
    "Written by `bench/bench.mjs`; don't edit. All programs of a line run in one process, in turns, round by round, and",
    "every answer is checked. Times are medians of the rounds' medians, with the 90th percentile of all iterations in",
    "brackets where it was taken; ratios are medians of the rounds' ratios: how many times longer the peer took.",
    "",
    ...machineLines(machine),
    "",
    ...failed.flatMap(({ name, reason }) => [`> **FAILED: ${name}.** Its lines are not in the table. ${reason}`, ""]),
    ...missing.flatMap(({ file, reason }) => [`> **NOT MEASURED: ${file}.** ${reason}`, ""]),
    `| scenario | ours | ${columns.join(" | ")} |`,
    `|---|---|${columns.map(() => "---").join("|")}|`,
    ...rows.map((row) => tableLine(row, columns)),
    "",
    "## Goals",
    "",
    "| scenario | goal | measured | met |",
    "|---|---|---|---|",
    ...rows.flatMap(({ goals, title }) =>
      goals.map(({ measured, met, text }) => `| ${title} | ${text} | ${measured} | ${verdict(met)} |`),
    ),
    "",
    "## How each is used",
    "",
    "| what | version | use |",
    "|---|---|---|",
    ...[ours, bare, ...peers].map(({ how, key, version }) => `| ${key} | ${version} | ${how} |`),
    "",
  ];
  return lines.join("\n");
}

function machineLines({ command, cores, cpu, date, load, memoryGb, node, platform, revision }) {
  return [
    "| machine | cores | memory | load at start | Node | platform | date (UTC) | revision | command |",
    "|---|---|---|---|---|---|---|---|---|",
    `| ${cpu} | ${cores} | ${memoryGb.toFixed(0)} GB | ${load.toFixed(2)} | ${node} | ${platform} | ${date} | ${revision} | \`${command}\` |`,
  ];
}

function tableLine({ note, ours, peers, text, title }, columns) {
  const cells = columns.map((key) => {
    const peer = peers.find((one) => one.key === key);
    return peer ? `${time(peer.result)}, **${factor(peer.ratio)}**` : "–";
  });
  return `| ${title}${note ? ` (${note})` : ""} | ${text ?? time(ours)} | ${cells.join(" | ")} |`;
}

function time({ ms, p90 }) {
  return `${digits(ms)} ms${Number.isFinite(p90) ? ` (${digits(p90)})` : ""}`;
}

function digits(ms) {
  if (ms >= 100) return ms.toFixed(0);
  return ms >= 10 ? ms.toFixed(1) : ms.toFixed(ms >= 1 ? 2 : 4);
}

function factor(value) {
  return `${value.toFixed(value < 10 ? 2 : 0)}×`;
}

function verdict(met) {
  if (met === undefined) return "not measured";
  return met ? "yes" : "**no**";
}
