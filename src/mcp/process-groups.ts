import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import process from "node:process";

const WINDOWS = process.platform === "win32";

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

/** Makes sure that a process group ends with this process, however this process ends. */
export function guardGroup(group: number): void {
  if (groups.size === 0) process.on("exit", endAll);
  groups.add(group);
  if (!WINDOWS) tellReaper("add", group);
}

/** Takes back `guardGroup`, once the group has ended. */
export function releaseGroup(group: number): void {
  if (!groups.delete(group)) return;
  if (!WINDOWS) tellReaper("del", group);
  if (groups.size > 0) return;
  process.off("exit", endAll);
  reaper?.stdin?.end();
  reaper = undefined;
}

/** Sends a signal to every process of a group (0 only asks); false if none is left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
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
