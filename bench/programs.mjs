/** The programs: all are bodies of an async function. */

export const RETURN_ONE = { source: "return 1", answer: 1 };

/** The README's example. */
export const README_SUM = {
  source: `let sum = 0;
for (let i = 14; i <= 1078; i++) {
  if (i % 3 === 0 || i % 5 === 0 || i % 9 === 0) sum += i;
}
return sum;`,
  answer: 271_575,
};

export const TEN_SEQUENTIAL = {
  source: `let sum = 0;
for (let i = 1; i <= 10; i++) sum = await tools.add(sum, i);
return sum;`,
  answer: 55,
};

export const TEN_PARALLEL = {
  source: `const sums = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((i) => tools.add(i, 1)));
return sums.reduce((sum, one) => sum + one, 0);`,
  answer: 65,
};

export const THOUSAND_SEQUENTIAL = {
  source: `let sum = 0;
for (let i = 1; i <= 1000; i++) sum = await tools.add(sum, i);
return sum;`,
  answer: 500_500,
};

const NOUNS = ["order", "issue", "ticket", "invoice", "account", "branch", "device", "member", "parcel", "report"];
const PLACES = ["Berlin", "Lisbon", "Osaka", "Quito", "Nairobi", "Tromsø", "Perth", "Austin", "Lyon", "Pune"];

/**
 * A program of 40 lines that nobody has seen: names, numbers, texts and the steps taken differ with every number.
 * It has little to compute: what is measured is reading it. `typed` is the same program with TypeScript's annotations.
 * The answer is what V8 makes of it.
 */
export async function unseenProgram(number) {
  const AsyncFunction = (async () => {}).constructor;
  const source = unseenSource(number, false);
  return { source, typed: unseenSource(number, true), answer: await new AsyncFunction(source)() };
}

function unseenSource(number, typed) {
  const noun = NOUNS[number % NOUNS.length];
  const Noun = noun[0].toUpperCase() + noun.slice(1);
  const place = PLACES[(number >> 2) % PLACES.length];
  const [a, b, c] = [(number * 7) % 50, 3 + (number % 11), 100 + (number % 900)];
  const t = (annotation) => (typed ? annotation : "");
  const shape = typed
    ? `interface ${Noun}${number} { id: number; name: string; total: number; tags: string[]; closed?: boolean }`
    : `// ${Noun}${number}: { id, name, total, tags, closed }`;
  const steps = [
    `const picked${t(`: ${Noun}${number}[]`)} = ${noun}s.filter((${noun}) => ${noun}.total % ${b} !== ${number % b} && !${noun}.closed);`,
    `const picked${t(`: ${Noun}${number}[]`)} = ${noun}s.slice(${number % 3}).filter(({ closed, id }) => !closed || id > ${a + (number % 1000)});`,
    `const picked${t(`: ${Noun}${number}[]`)} = [...${noun}s].sort((x, y) => y.total - x.total || x.id - y.id).slice(0, ${10 + (number % 15)});`,
  ];
  return `${shape}
const ${noun}s${t(`: ${Noun}${number}[]`)} = [];
const places = ["${place}", "${PLACES[(number + 3) % PLACES.length]}", "north of ${place} ${number}"];
for (let i = 0; i < ${5 + (number % 5)}; i++) {
  const total = (i * ${c} + ${a}) % ${997 - (number % 90)};
  ${noun}s.push({
    id: i + ${number % 1000},
    name: \`${noun}-\${i}-${number}\`,
    total,
    tags: [places[i % places.length], total % 2 === 0 ? "even" : "odd"],
    ...(i % ${b} === 0 && { closed: true }),
  });
}

function score${number}(${noun}${t(`: ${Noun}${number}`)}, weight${t(": number")} = ${1 + (number % 4)})${t(": number")} {
  const base = ${noun}.tags.includes("even") ? ${a + 1} : ${b};
  if (${noun}.total > ${c}) return base * weight + ${noun}.name.length;
  return Math.max(base, ${noun}.total % ${b + 2}) * weight;
}

${steps[number % steps.length]}
const byPlace${t(": Map<string, number>")} = new Map();
for (const ${noun} of picked) {
  const [place] = ${noun}.tags;
  byPlace.set(place, (byPlace.get(place) ?? 0) + score${number}(${noun}));
}
let best${t(": { place: string; sum: number } | undefined")};
for (const [place, sum] of byPlace) {
  if (!best || sum > best.sum || (sum === best.sum && place < best.place)) best = { place, sum };
}
const words = picked.map(({ name }) => name.split("-")[1]).join("");
const digits = [...words].reduce((sum${t(": number")}, digit${t(": string")}) => (sum * 31 + Number(digit)) % 1_000_003, ${a});
const summary = {
  count: picked.length,
  best: best ? best.place : "none",
  total: picked.reduce((sum, { total }) => sum + total, 0),
  digits,
  run: ${number},
};
return \`\${summary.count} \${summary.best} \${summary.total} \${summary.digits}\`;`;
}

/** A plain value whose JSON has about 100 KB. */
export function plainValue() {
  const rows = Array.from({ length: 676 }, (_, i) => ({
    id: i,
    name: `customer number ${i}`,
    email: `someone${i * 7}@example.com`,
    active: i % 3 !== 0,
    score: ((i * 37) % 1000) / 8,
    manager: i % 10 === 0 ? null : i - 1,
    tags: ["new", `group-${i % 12}`, "paid"],
  }));
  return { rows, page: 1, of: 12 };
}
