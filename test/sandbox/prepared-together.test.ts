import { expect, test } from "vitest";
import { createSandbox } from "../../src/index.ts";

const SOURCE = `// Greet
const names: string[] = ["Ada", "Bob"]; // two of them
const sent = [];
for (const name of names) {
  /* one
     by one */
  sent.push(<Message to={name}>
    Hi {name}
  </Message>);
}
function count() { /* here */ return sent.length /* not there */ }
const n = count() // all
yield <Done n={n}/>
null.last`;

test("tracking, comments and JSX go together: each tells what it tells alone", async () => {
  await using sandbox = createSandbox({ jsx: true });
  const all = sandbox.start(SOURCE, { track: true, comments: true });
  const told: unknown[] = [];
  for await (const event of all) {
    if (event.type === "comment") told.push([event.line, event.text]);
    if (event.type === "yield") told.push(event.value);
  }
  const outcome = await all.outcome;
  const tracked = await sandbox.run(SOURCE, { track: true });
  const bare = await sandbox.run(SOURCE);
  expect(outcome.lines).toEqual(tracked.lines);
  expect(outcome.variables).toEqual(tracked.variables);
  expect(outcome.variables).toMatchObject({
    n: 2,
    names: ["Ada", "Bob"],
    sent: [{ type: "Message" }, { props: { to: "Bob" } }],
  });
  for (const each of [outcome, tracked, bare]) {
    expect(each).toMatchObject({ error: { line: 14, message: "cannot read property 'last' of null" } });
  }
  const once = [5, "one\n     by one"];
  const done = { type: "Done", props: { n: 2 }, children: [] };
  expect(told).toEqual([[1, "Greet"], [2, "two of them"], once, once, [11, "here"], [12, "all"], done]);
});
