import { randomUUID } from "node:crypto";
import { link, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import process from "node:process";

const STALE_MS = 10_000;
const LOOK_AGAIN_MS = 25;

/**
 * Does something while no other process does something about the same file. Gives it a path for a draft beside the file,
 * which is removed afterwards, also by whoever comes after a process that was killed meanwhile.
 */
export async function exclusively(path: string, work: (draft: string) => Promise<void>): Promise<void> {
  const lock = `${path}.tardigrade-lock`;
  const own = `${process.pid} ${hostname()} ${randomUUID()}`;
  while (!(await take(lock, own))) {
    const owner = await ownerOf(lock);
    if (owner?.isGone) {
      await remove(draftOf(path, owner.pid));
      await breakOpen(lock, owner.text);
    } else await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  const draft = draftOf(path, process.pid);
  try {
    await work(draft);
  } finally {
    await remove(draft);
    await breakOpen(lock, own);
  }
}

/** Takes a lock away that reads so, and no other: of several that find its owner gone, a later one may meet the lock of an earlier. */
async function breakOpen(lock: string, text: string): Promise<void> {
  const moved = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  // Put back unless somebody has taken the place meanwhile.
  if ((await readFile(moved, "utf8")) !== text) await link(moved, lock).catch(() => undefined);
  await remove(moved);
}

function draftOf(path: string, pid: number): string {
  return `${path}.${pid}.tardigrade-next`;
}

async function take(lock: string, own: string): Promise<boolean> {
  try {
    await writeFile(lock, own, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined if the lock is free by now. Of processes on other machines only the time can tell. */
async function ownerOf(lock: string): Promise<{ pid: number; text: string; isGone: boolean } | undefined> {
  try {
    const text = await readFile(lock, "utf8");
    const [pid = "", host] = text.split(" ");
    const isOld = Date.now() - (await stat(lock)).mtimeMs > STALE_MS;
    return { pid: Number(pid), text, isGone: isOld || (host === hostname() && !isAlive(Number(pid))) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
