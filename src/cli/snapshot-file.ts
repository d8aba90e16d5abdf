import { constants } from "node:fs";
import { access, open, readFile, realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { CliError, EXIT } from "./exit-codes.ts";
import { exclusively } from "./file-lock.ts";
import { oneLine } from "./text.ts";

/** Larger files are no snapshots. */
const MOST_BYTES = 1024 ** 3;

/**
 * The file of one suspended run. Each version replaces the one before in one step, and only if that still stands there:
 * of two processes that go on with the same version, the second is refused before any of its calls starts.
 */
export class SnapshotFile {
  readonly path: string;
  /** Why it could not be written, if so. */
  problem: CliError | undefined;
  /** What stands there, as far as we know. */
  private known: Uint8Array | undefined;

  private constructor(path: string, known?: Uint8Array) {
    this.path = path;
    this.known = known;
  }

  /** A file that is not there yet. Throws CliError if it is, or can't be written. */
  static async fresh(path: string): Promise<SnapshotFile> {
    const folder = dirname(path);
    await access(folder, constants.W_OK).catch((error: unknown) => {
      throw fileError(path, "can't be written", error);
    });
    if (await versionAt(path)) {
      const advice = "resume it, remove it, or name another file";
      throw new CliError(`the snapshot "${oneLine(path)}" exists already: ${advice}`, EXIT.configuration);
    }
    return new SnapshotFile(path);
  }

  /** A file that is there. Throws CliError. */
  static async existing(path: string): Promise<SnapshotFile> {
    try {
      // What replaces a link's target must not replace the link.
      return new SnapshotFile(path, await contentOf(await realpath(path)));
    } catch (error) {
      throw fileError(path, "can't be read", error);
    }
  }

  /** Whether any version of it stands on the disk. */
  get isWritten(): boolean {
    return this.known !== undefined;
  }

  /** What was read, or written last. */
  get bytes(): Uint8Array {
    return this.known ?? new Uint8Array();
  }

  /** Replaces it, whole and safely on the disk. Throws CliError, and keeps it as `problem`. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      const target = await realpath(this.path).catch(() => this.path);
      await exclusively(target, async (draft) => {
        await writeSafely(draft, bytes);
        await this.checkUnchanged(target);
        await rename(draft, target);
      });
      await syncFolder(dirname(target));
      this.known = bytes;
    } catch (error) {
      this.problem = error instanceof CliError ? error : fileError(this.path, "can't be written", error);
      throw this.problem;
    }
  }

  /** Removes what this process read or wrote; what others wrote meanwhile stays. */
  async remove(): Promise<void> {
    const target = await realpath(this.path).catch(() => undefined);
    if (target === undefined || !(await this.isUnchanged(target))) return;
    await unlink(target).catch((error: unknown) => {
      throw fileError(this.path, "can't be removed", error);
    });
    this.known = undefined;
  }

  private async checkUnchanged(target: string): Promise<void> {
    if (await this.isUnchanged(target)) return;
    throw new CliError(
      `the snapshot "${oneLine(this.path)}" was resumed or replaced by somebody else meanwhile; this run stopped before its next calls`,
      EXIT.configuration,
    );
  }

  private async isUnchanged(target: string): Promise<boolean> {
    const now = await versionAt(target);
    const { known } = this;
    if (now === undefined || known === undefined) return now === known;
    return now.length === known.length && Buffer.compare(now, known) === 0;
  }
}

async function writeSafely(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function versionAt(path: string): Promise<Buffer | undefined> {
  try {
    return await contentOf(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(path, "can't be read", error);
  }
}

async function contentOf(path: string): Promise<Buffer> {
  const found = await stat(path);
  if (found.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
  // Reading a device might never end.
  if (!found.isFile() || found.size > MOST_BYTES) throw new Error("it is no snapshot");
  return await readFile(path);
}

/** A rename lasts only when its folder is on the disk too; not every platform can say that. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

function fileError(path: string, what: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ENOENT: "there is no such file or folder",
    EISDIR: "it is a folder",
    EACCES: "no permission",
    ENOSPC: "the disk is full",
  };
  return new CliError(`the snapshot "${oneLine(path)}" ${what}: ${known[code] ?? message}`, EXIT.configuration);
}
