import { readFile, stat, unlink, writeFile } from "node:fs/promises";
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
  while (!(await take(lock))) {
    const owner = await ownerOf(lock);
    if (owner?.isGone) {
      await remove(draftOf(path, owner.pid));
      await remove(lock);
    } else await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  const draft = draftOf(path, process.pid);
  try {
    await work(draft);
  } finally {
    await remove(draft);
    await remove(lock);
  }
}

function draftOf(path: string, pid: number): string {
  return `${path}.${pid}.tardigrade-next`;
}

async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, `${process.pid} ${hostname()}`, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined if the lock is free by now. Of processes on other machines only the time can tell. */
async function ownerOf(lock: string): Promise<{ pid: number; isGone: boolean } | undefined> {
  try {
    const [pid = "", host] = (await readFile(lock, "utf8")).split(" ");
    const isOld = Date.now() - (await stat(lock)).mtimeMs > STALE_MS;
    return { pid: Number(pid), isGone: isOld || (host === hostname() && !isAlive(Number(pid))) };
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
