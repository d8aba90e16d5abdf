import { expect, test } from "vitest";
import { createSandbox, type HostWrite, hostObject, type Outcome } from "../../src/index.ts";

const KEY = new Uint8Array(32).fill(7);
const PROPERTIES = {
  name: { value: "Ada", writable: true },
  age: { value: 36, schema: { type: "integer", minimum: 18 }, writable: true },
  id: { value: 7 },
} as const;
const SOURCE = `
user.name = "Bob";
// suspended here
await approve();
try { user.age = 3 } catch (error) { console.log(error.message) }
try { user.id = 8 } catch (error) { console.log(error.message) }
try { user = 1 } catch (error) { console.log(error.message) }
user.age = 40;
// and over
let end = user.name + user.age;
return end`;

/** Another process as far as the run can tell: nothing but the snapshot and the key is shared. */
function world() {
  const told: HostWrite[] = [];
  const user = hostObject({ properties: PROPERTIES, onWrite: (write) => void told.push(write) });
  const approve = (_input: unknown) => "approved";
  const tools = {};
  const sandbox = createSandbox({ tools, globals: { user, approve }, snapshotKey: KEY, policy: () => "ask" });
  return { sandbox, told, user };
}

async function suspended(source = SOURCE): Promise<Extract<Outcome, { status: "suspended" }>> {
  const { sandbox } = world();
  const outcome = await sandbox.run(source, { comments: true });
  await sandbox.close();
  if (outcome.status !== "suspended") throw new Error(JSON.stringify(outcome));
  return outcome;
}

test("host objects go on after a suspension: values, checks, owners and what was written", async () => {
  const { mutations, pending, snapshot, usage } = await suspended();
  expect(mutations).toEqual([{ object: "user", property: "name", before: "Ada", after: "Bob" }]);
  expect(usage).toMatchObject({ writes: 1, logEntries: 1 });
  const { sandbox, told, user } = world();
  const run = sandbox.resume(snapshot, { answers: { [pending[0]!.id]: { approve: true } } });
  const events: unknown[] = [];
  for await (const event of run) if (event.type !== "call") events.push(event);
  const outcome = await run.outcome;
  expect(outcome).toMatchObject({
    value: "Bob40",
    mutations: [
      { property: "name", before: "Ada", after: "Bob" },
      { property: "age", before: 36, after: 40 },
    ],
    usage: { writes: 2, logEntries: 5 },
  });
  expect(outcome.logs.map(({ text }) => text)).toEqual([
    "Invalid value for property user.age: expected at least 18, got 3 (number)",
    "Property user.id is read-only and cannot be modified",
    "user is an object of the host and cannot be replaced",
  ]);
  expect(told).toMatchObject([{ property: "age", runId: run.id }]);
  expect(user.values).toEqual({ name: "Ada", age: 40, id: 7 });
  const types = ["log", "log", "log", "write", "comment"];
  expect(events.map((event) => (event as { type: string }).type)).toEqual(types);
  expect(events.at(-1)).toMatchObject({ text: "and over", line: 9 });
  await sandbox.close();
});

test("host objects whose owner is gone are still checked", async () => {
  const { pending, snapshot } = await suspended();
  await using sandbox = createSandbox({ globals: { approve: () => 1 }, snapshotKey: KEY, policy: () => "ask" });
  const answers = { [pending[0]!.id]: { value: "yes" } };
  const outcome = await sandbox.resume(snapshot, { answers }).outcome;
  expect(outcome).toMatchObject({ value: "Bob40", mutations: [{ after: "Bob" }, { after: 40 }] });
  expect(outcome.logs).toHaveLength(3);
});

test("the limit of writes counts on after a suspension", async () => {
  const source = "user.age = 20; user.age = 21; await approve(); user.age = 22; user.age = 23";
  const { sandbox } = world();
  const first = await sandbox.run(source, { limits: { writes: 3 } });
  if (first.status !== "suspended") throw new Error(first.status);
  const { id } = first.pending[0]!;
  const outcome = await sandbox.resume(first.snapshot, { answers: { [id]: { value: 1 } } }).outcome;
  await sandbox.close();
  expect(outcome).toMatchObject({
    error: { message: "the run wrote to objects of the host more than 3 times" },
    usage: { writes: 3 },
  });
});
