import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, stat, unlink } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import process from "node:process";
import { CliError, EXIT } from "./exit-codes.ts";
import type { CliContext } from "./output.ts";
import { oneLine } from "./text.ts";

type Env = CliContext["env"];

const VARIABLE = "TARDIGRADE_KEY";
const KEY_BYTES = 32;
const OTHERS_MAY = 0o077;

/** What seals the snapshots of this user, and where it comes from. */
export interface UserKey {
  readonly bytes: Uint8Array;
  readonly from: string;
}

/**
 * The key: from `TARDIGRADE_KEY`, else from the user's key file, which `create` makes where there is none. Throws
 * CliError, which never shows a key.
 */
export async function userKey(env: Env, { create }: { create: boolean }): Promise<UserKey> {
  const given = env[VARIABLE];
  if (given !== undefined) return { bytes: keyBytes(given, VARIABLE), from: VARIABLE };
  const path = keyPath(env, process.platform, homedir());
  try {
    return { bytes: await readKey(path), from: path };
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw keyError(path, error);
  }
  if (!create) {
    throw new CliError(
      `there is no key that opens snapshots: set ${VARIABLE} to the one that sealed it, or put that into ${shown(path)}`,
      EXIT.configuration,
    );
  }
  try {
    await createKey(path);
    return { bytes: await readKey(path), from: path };
  } catch (error) {
    throw keyError(path, error);
  }
}

/** Where the key file stands, by the customs of each platform. */
export function keyPath(env: Env, platform: NodeJS.Platform, home: string): string {
  return join(dataFolder(env, platform, home), "tardigrade", "key");
}

function dataFolder(env: Env, platform: NodeJS.Platform, home: string): string {
  // By its own specification, the variable counts only if the path is absolute.
  const { LOCALAPPDATA, XDG_DATA_HOME = "" } = env;
  if (isAbsolute(XDG_DATA_HOME)) return XDG_DATA_HOME;
  if (platform === "win32") return LOCALAPPDATA || join(home, "AppData", "Local");
  return platform === "darwin" ? join(home, "Library", "Application Support") : join(home, ".local", "share");
}

/** 32 bytes from their text. Throws CliError. */
function keyBytes(text: string, from: string): Uint8Array {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Uint8Array.from(Buffer.from(trimmed, "hex"));
  if (/^[\w+/-]{43}=?$/.test(trimmed)) return Uint8Array.from(Buffer.from(trimmed, "base64"));
  throw new CliError(
    `${shown(from)}: expected ${KEY_BYTES * 2} hexadecimal digits, or ${KEY_BYTES} bytes as base64, got ${trimmed.length} other characters`,
    EXIT.configuration,
  );
}

async function readKey(path: string): Promise<Uint8Array> {
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & OTHERS_MAY) !== 0) {
    const octal = (mode & 0o777).toString(8);
    throw new CliError(
      `${shown(path)}: others may read or change the key (mode ${octal}): chmod 600 it, or remove it if it may be known`,
      EXIT.configuration,
    );
  }
  return keyBytes(await readFile(path, "latin1"), path);
}

/** Appears at once and whole: of two that make one at the same time, the first counts for both. */
async function createKey(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString("hex")}\n`);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    await file.close();
    await unlink(draft);
  }
}

function keyError(path: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  return new CliError(`the key file ${shown(path)} can't be used: ${codeOf(error) ?? error}`, EXIT.configuration);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function shown(path: string): string {
  return oneLine(path);
}
