import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const WINDOWS = process.platform === "win32";
/** How long a server may take to end after its standard input closed, and again after SIGTERM. */
const GRACE_MS = 1_000;
/** How long to wait after SIGKILL: a zombie that nobody reaps would count as a process for ever. */
const KILL_MS = 200;

// It outlives us by the length of its last three lines: when our end of its standard input closes, for whatever
// reason (exit, a signal, SIGKILL, a crash), it ends the groups that are still registered.
const REAPER = `
trap '' INT TERM HUP
groups=
while read -r op group; do
  rest=
  for g in $groups; do [ "$g" = "$group" ] || rest="$rest $g"; done
  groups=$rest
  [ "$op" = add ] && groups="$groups $group"
done
[ -n "$groups" ] || exit 0
for g in $groups; do kill -s TERM -- "-$g" 2>/dev/null; done
sleep 1
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
`;

const groups = new Set<number>();
let reaper: ChildProcess | undefined;

/** Makes sure that a process group ends with this process, however this process ends; until `endGroup`. */
export function guardGroup(group: number): void {
  if (groups.size === 0) process.on("exit", endAll);
  groups.add(group);
  if (!WINDOWS) tellReaper("add", group);
}

function releaseGroup(group: number): void {
  if (!groups.delete(group)) return;
  if (!WINDOWS) tellReaper("del", group);
  if (groups.size > 0) return;
  process.off("exit", endAll);
  reaper?.stdin?.end();
  reaper = undefined;
}

/**
 * Ends a process group whose leader's standard input was closed, and resolves when it is gone: waits, asks by SIGTERM,
 * waits again, kills. What a dead leader left behind is asked at once.
 */
export async function endGroup(group: number, hasExited: () => boolean): Promise<void> {
  const isGone = (): boolean => hasExited() && !signalGroup(group, 0);
  if (hasExited() || !(await becomes(isGone, GRACE_MS))) {
    if (signalGroup(group, "SIGTERM") && !(await becomes(isGone, GRACE_MS))) signalGroup(group, "SIGKILL");
    await becomes(isGone, KILL_MS);
  }
  releaseGroup(group);
}

async function becomes(condition: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() >= deadline) return false;
    await sleep(10);
  }
  return true;
}

/** Sends a signal to every process of a group (0 only asks); false if none is left. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  if (WINDOWS) return signalTree(group, signal);
  try {
    return process.kill(-group, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function signalTree(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    if (signal === 0) return process.kill(pid, 0);
    return spawnSync("taskkill", ["/pid", String(pid), "/T", "/F"], { windowsHide: true }).status === 0;
  } catch {
    return false;
  }
}

function tellReaper(op: "add" | "del", group: number): void {
  reaper ??= startReaper();
  reaper.stdin?.write(`${op} ${group}\n`, () => {});
}

function startReaper(): ChildProcess {
  // Detached: a Ctrl-C in the terminal must not reach it before its work is done.
  const child = spawn("/bin/sh", ["-c", REAPER], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
    cwd: "/",
  });
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  child.unref();
  (child.stdin as unknown as { unref?(): void }).unref?.();
  return child;
}

/** The last thing in an orderly exit. Without a shell there is no reaper, and no second chance to be gentle. */
function endAll(): void {
  const gentle = reaper?.pid !== undefined && reaper.exitCode === null;
  for (const group of groups) signalGroup(group, gentle ? "SIGTERM" : "SIGKILL");
}
