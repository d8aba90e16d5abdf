import { rm } from "node:fs/promises";
import { build } from "esbuild";

const ENTRY = new URL("../src/isolation/threads/worker-node.ts", import.meta.url).pathname;
/** A thread that takes too long is ended as a whole. */
const WITHIN = new URL("../src/tools/json-schema/within-none.ts", import.meta.url).pathname;
/** Beside the file that starts it, in the sources and in what is shipped. */
const PLACES = ["src", "dist"].map(
  (root) => new URL(`../${root}/isolation/threads/generated`, import.meta.url).pathname,
);

/** Bundles what runs in a thread: it starts in half of the time that its modules would take. */
export async function buildThread(): Promise<void> {
  for (const outdir of PLACES) {
    await rm(outdir, { recursive: true, force: true });
    await build({
      entryPoints: [{ in: ENTRY, out: "thread" }],
      outdir,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      packages: "external",
      alias: { "#within": WITHIN },
      external: ["node:*", "#load-engine", "#start-thread", "*/image.generated.ts"],
      legalComments: "none",
    });
  }
}

export { buildThread as setup };

if (process.argv[1] === new URL(import.meta.url).pathname) await buildThread();
