import { expect } from "vitest";
import { runInNode, WebMachine } from "./web-machine.ts";

let shared: Promise<WebMachine> | undefined;

/** One machine for the tests of a file. */
export function machine(): Promise<WebMachine> {
  shared ??= WebMachine.create();
  return shared;
}

/** Runs a program in the machine and in Node; both must give the same. */
export async function expectSame(program: string): Promise<unknown> {
  const guest = (await machine()).run(program);
  expect(guest).toEqual(await runInNode(program));
  return guest;
}

/** Gives what a function text returns for each input in the machine; it must be the same in Node. */
export async function expectSameForAll(inputs: readonly unknown[], body: string): Promise<void> {
  const program = `return ${JSON.stringify(inputs)}.map((input) => {
    try { ${body} } catch (error) { return { threw: error.name } }
  })`;
  const guest = (await machine()).run(program) as unknown[];
  const node = (await runInNode(program)) as unknown[];
  const differences = inputs
    .map((input, index) => ({ input, guest: guest[index], node: node[index] }))
    .filter(({ guest, node }) => JSON.stringify(guest) !== JSON.stringify(node));
  expect(differences).toEqual([]);
}
