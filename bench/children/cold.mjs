// Prints how long it takes from the first import of a peer to the first result. The clock starts before the import.
const start = performance.now();
const [, , file, isolation] = process.argv;
const { load } = await import(`../peers/${file}.mjs`);
const peer = await load(isolation);
const value = await peer.run("return 1");
const ms = performance.now() - start;
if (value !== 1) throw new Error(`wrong answer: ${value}`);
console.log(JSON.stringify({ ms }));
process.exit(0);
