import { mkdir, readFile, writeFile } from "node:fs/promises";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";
import { bootImage } from "../src/engine/boot.ts";
import { sha256 } from "../src/engine/hash.ts";
import { engineId, newImage, type PackedImage, packImage } from "../src/engine/image.ts";
import { loadEngine } from "../src/engine/load/node.ts";

const GENERATED = new URL("../src/engine/image.generated.ts", import.meta.url);

/** The prelude: everything in guest/ as one expression that evaluates to its `boot` function. */
async function bundlePrelude(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL("../guest/index.js", import.meta.url).pathname],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "prelude",
    target: "es2023",
    minifyWhitespace: true,
    legalComments: "none",
    charset: "utf8",
  });
  return `(() => { ${outputFiles[0]?.text}\nreturn prelude.boot; })()`;
}

/** Boots the engine with the prelude and packs the image that ships. The same input gives the same image everywhere. */
export async function buildImage(): Promise<PackedImage> {
  const wasm = await loadEngine();
  const prelude = await bundlePrelude();
  const wasmHash = await sha256(wasm);
  const { layout, memory } = bootImage(await WebAssembly.compile(wasm as BufferSource), prelude);
  const image = newImage(await engineId(wasmHash, { layout, memory }), layout, memory);
  return packImage(image, wasmHash, (bytes) => deflateRawSync(bytes, { level: 9 }).toString("base64"));
}

async function main(): Promise<void> {
  const packed = await buildImage();
  const text = `import type { PackedImage } from "./image.ts";\n\n/** The boot image that ships; made by scripts/build.ts. */\nexport const PACKED_IMAGE: PackedImage = ${JSON.stringify(packed)};\n`;
  await mkdir(new URL(".", GENERATED), { recursive: true });
  const current = await readFile(GENERATED, "utf8").catch(() => "");
  if (current !== text) await writeFile(GENERATED, text);
}

if (process.argv[1] === new URL(import.meta.url).pathname) await main();
