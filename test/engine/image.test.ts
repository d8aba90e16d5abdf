import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { buildImage } from "../../scripts/build.ts";
import { PACKED_IMAGE } from "../../src/engine/image.generated.ts";
import { sha256, unpackImage } from "../../src/engine/index.ts";

const SCRIPT = `
  import { buildImage } from "./scripts/build.ts";
  import { sha256, unpackImage } from "./src/engine/index.ts";
  const packed = await buildImage();
  console.log(await sha256((await unpackImage(packed)).memory));
`;

async function hashOf(packed: typeof PACKED_IMAGE): Promise<string> {
  return sha256((await unpackImage(packed)).memory);
}

/** Zlibs differ from platform to platform, so the unpacked bytes are what is compared. */
test("the boot image that ships is the one that this code makes", async () => {
  const built = await buildImage();
  expect({ ...built, memory: "" }).toEqual({ ...PACKED_IMAGE, memory: "" });
  expect(await hashOf(built)).toBe(await hashOf(PACKED_IMAGE));
});

test("another process boots to the same bytes, under another time zone and locale", async () => {
  const env = { ...process.env, TZ: "Asia/Kolkata", LANG: "tr_TR.UTF-8" };
  const args = ["--import", "tsx", "--input-type=module", "--eval", SCRIPT];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout.trim()).toBe(await hashOf(PACKED_IMAGE));
});
