import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { SnapshotFile } from "../../src/cli/snapshot-file.ts";
import { fileWith, newPath, rawConfig, start, tardigrade } from "./harness.ts";

const mcpOf = (log: string): string[] => ["--mcp", rawConfig({}, { LOG: log })];
const bytes = (text: string) => new TextEncoder().encode(text);

describe("a file that can't be used: exit code 4, and nothing runs", () => {
  test.each<[string, () => string, RegExp]>([
    ["missing", () => newPath("none"), /can't be read: there is no such file or folder\n$/],
    ["a folder", () => dirname(newPath("x")), /can't be read: it is a folder\n$/],
    ["a device", () => "/dev/zero", /can't be read: it is no snapshot\n$/],
    ["empty", () => fileWith("run.snapshot", ""), /can't be used: the bytes are not a whole snapshot: /],
    ["something else", () => fileWith("run.snapshot", "{}"), /they do not begin like a snapshot/],
  ])("%s", async (_, make, message) => {
    const path = make();
    for (const command of ["resume", "inspect"]) {
      const { code, stderr, stdout } = await tardigrade([command, path], { env: { TARDIGRADE_KEY: "0".repeat(64) } });
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
      expect(stderr.startsWith(`tardigrade: the snapshot "${path}" can't be `)).toBe(true);
      expect(stderr).toMatch(message);
    }
  });

  test("cut off and garbled", async () => {
    const file = newPath("run.snapshot");
    await tardigrade(["run", "-e", "await sleep(1e6)", "--snapshot-to", file]);
    const whole = readFileSync(file);
    const garbled = Buffer.from(whole);
    garbled[whole.length >> 1]! ^= 1;
    for (const wrong of [whole.subarray(0, -1), garbled]) {
      writeFileSync(file, wrong);
      const { code, stderr } = await tardigrade(["resume", file]);
      expect(code).toBe(4);
      expect(stderr).toMatch(/they are cut off or damaged/);
      expect(readFileSync(file).equals(wrong)).toBe(true);
    }
  });

  test("one that exists already, or whose folder does not, before the program runs", async () => {
    const taken = fileWith("run.snapshot", "precious");
    const run = await tardigrade(["run", "-e", "console.log('ran')", "--snapshot-to", taken]);
    expect(run).toEqual({
      ...{ code: 4, stdout: "" },
      stderr: `tardigrade: the snapshot "${taken}" exists already: resume it, remove it, or name another file\n`,
    });
    expect(readFileSync(taken, "utf8")).toBe("precious");
    const nowhere = join(newPath("no"), "run.snapshot");
    const lost = await tardigrade(["run", "-e", "console.log('ran')", "--snapshot-to", nowhere]);
    expect({ code: lost.code, stdout: lost.stdout }).toEqual({ code: 4, stdout: "" });
    expect(lost.stderr).toBe(
      `tardigrade: the snapshot "${nowhere}" can't be written: there is no such file or folder\n`,
    );
  });
});

test("a file that can't be written any more ends the run before its next call: exit code 4", async () => {
  const file = newPath("run.snapshot");
  const log = newPath("calls.log");
  const code = "await new Promise((ok) => setTimeout(ok, 2000)); await tools.raw.pid()";
  const { ended, seen } = start(["run", "-e", `console.log("waits"); ${code}`, ...mcpOf(log), "--snapshot-to", file]);
  await seen("waits");
  rmSync(dirname(file), { recursive: true });
  const { code: exit, stderr } = await ended;
  expect(exit).toBe(4);
  expect(stderr).toMatch(/^tardigrade: the snapshot ".*" can't be written: there is no such file or folder\n$/m);
  expect(stderr).not.toContain("Failed");
  expect(readFileSync(log, "utf8")).not.toContain("call pid");
  const sleeper = newPath("run.snapshot");
  const slept = start([
    "run",
    "-e",
    "console.log('waits'); await new Promise((ok) => setTimeout(ok, 2000)); await sleep(1e6)",
    "--snapshot-to",
    sleeper,
  ]);
  await slept.seen("waits");
  rmSync(dirname(sleeper), { recursive: true });
  const last = await slept.ended;
  expect(last.code).toBe(4);
  expect(last.stderr).toMatch(
    /^waits\nSuspended\. It waits for:\n- the clock: .*\ntardigrade: the snapshot .* can't be written: .*\n$/,
  );
});

describe("a version of a file", () => {
  test("has one successor, however many processes want to write it", async () => {
    const path = fileWith("run.snapshot", "first");
    for (let round = 0; round < 20; round++) {
      const files = await Promise.all(Array.from({ length: 8 }, () => SnapshotFile.existing(path)));
      const written = await Promise.allSettled(files.map((file, at) => file.write(bytes(`round ${round}, ${at}`))));
      const winners = written.flatMap(({ status }, at) => (status === "fulfilled" ? [at] : []));
      expect(winners).toHaveLength(1);
      expect(readFileSync(path, "utf8")).toBe(`round ${round}, ${winners[0]}`);
      for (const [at, file] of files.entries()) {
        if (at === winners[0]) continue;
        expect(file.problem?.message).toMatch(/was resumed or replaced by somebody else meanwhile/);
        await file.remove();
      }
    }
    expect(readdirSync(dirname(path))).toEqual(["run.snapshot"]);
  });

  test("that nobody has written yet has one first writer", async () => {
    const path = newPath("run.snapshot");
    const [one, other] = [await SnapshotFile.fresh(path), await SnapshotFile.fresh(path)];
    await one.write(bytes("one"));
    await expect(other.write(bytes("other"))).rejects.toThrow("somebody else");
    await one.write(bytes("two"));
    expect(readFileSync(path, "utf8")).toBe("two");
    await other.remove();
    await one.remove();
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test("is written through a link", async () => {
    const path = fileWith("run.snapshot", "first");
    const link = newPath("link");
    symlinkSync(path, link);
    const file = await SnapshotFile.existing(link);
    await file.write(bytes("second"));
    expect(readFileSync(path, "utf8")).toBe("second");
    expect(readFileSync(link, "utf8")).toBe("second");
    expect(readdirSync(dirname(path))).toEqual(["run.snapshot"]);
  });

  test("is written at once after a writer that was killed, and later after one that nobody knows", async () => {
    const path = fileWith("run.snapshot", "first");
    const lock = `${path}.tardigrade-lock`;
    const { pid } = spawnSync("true");
    writeFileSync(`${path}.${pid}.tardigrade-next`, "hal");
    writeFileSync(lock, `${pid} ${hostname()}`);
    const file = await SnapshotFile.existing(path);
    await file.write(bytes("second"));
    expect(readdirSync(dirname(path))).toEqual(["run.snapshot"]);
    const past = new Date(Date.now() - 60_000);
    for (const owner of ["1 some-other-machine", `${process.pid} ${hostname()}`, ""]) {
      writeFileSync(lock, owner);
      utimesSync(lock, past, past);
      await file.write(bytes(owner));
      expect(readFileSync(path, "utf8")).toBe(owner);
    }
    mkdirSync(lock);
    await expect(file.write(bytes("third"))).rejects.toThrow(`the snapshot "${path}" can't be written: `);
    expect(readFileSync(path, "utf8")).toBe("");
  });
});

describe("the same file resumed twice", () => {
  async function suspended() {
    const log = newPath("calls.log");
    const file = newPath("run.snapshot");
    const mcp = [...mcpOf(log), "--ask", "raw.wait"];
    const code = 'return await tools.raw.wait({ steps: 5, every: 100, answer: "done" })';
    await tardigrade(["run", "-e", code, ...mcp, "--snapshot-to", file]);
    const times = () => (readFileSync(log, "utf8").match(/^call wait$/gm) ?? []).length;
    return { file, times, resume: () => tardigrade(["resume", file, ...mcp, "--approve", "1"]) };
  }

  test("one after the other: the second finds no file", async () => {
    const { resume, times } = await suspended();
    expect((await resume()).stdout).toBe("done\n");
    const second = await resume();
    expect(second.code).toBe(4);
    expect(second.stderr).toMatch(/there is no such file/);
    expect(times()).toBe(1);
  });

  test("at the same time: one goes on, and the call is made once", async () => {
    const { file, resume, times } = await suspended();
    const ended = await Promise.all([resume(), resume(), resume()]);
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 4, 4]);
    expect(times()).toBe(1);
    for (const { code, stderr, stdout } of ended) {
      if (code === 0) expect(stdout).toBe("done\n");
      else expect(stderr).toMatch(/^tardigrade: the snapshot ".*" (was resumed or replaced|can't be read)/m);
    }
    expect(readdirSync(dirname(file))).toEqual([]);
  });
});

describe("answers that fit nothing: exit code 2, and nothing runs", () => {
  test.each([
    [["--approve", "9"], "--approve 9: no call 9 is pending; pending: 1, 2"],
    [["--deny", "1=no"], "--deny 1: sleep waits for the clock; what fits: --answer"],
    [
      ["--reissue", "2"],
      "--reissue 2: raw.wait waits for an approval; what fits: --approve, --deny, --answer, --error",
    ],
    [["--answer", "2={a}"], /^tardigrade: --answer 2: expected JSON behind the "=": .+\n$/],
  ])("%j", async (options, message) => {
    const file = newPath("run.snapshot");
    const mcp = ["--mcp", rawConfig(), "--ask", "raw.*"];
    const code = "await Promise.all([sleep(1e6), tools.raw.wait({})])";
    expect((await tardigrade(["run", "-e", code, ...mcp, "--snapshot-to", file])).code).toBe(3);
    const before = readFileSync(file);
    const { code: exit, stderr, stdout } = await tardigrade(["resume", file, ...mcp, ...options]);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    if (typeof message === "string") expect(stderr).toBe(`tardigrade: ${message}\n`);
    else expect(stderr).toMatch(message);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

test("tools that are gone or have changed are told, and accepted if asked to", async () => {
  const file = newPath("run.snapshot");
  await tardigrade(["run", "-e", "await sleep(1e6); return 1", "--mcp", rawConfig(), "--snapshot-to", file]);
  const before = readFileSync(file);
  const without = await tardigrade(["resume", file, "--answer", "1=0"]);
  expect({ code: without.code, stdout: without.stdout }).toEqual({ code: 4, stdout: "" });
  expect(without.stderr).toMatch(
    /^tardigrade: the tools of the suspended run are not what they were: raw\.\w+, .* are gone; give the --mcp files that it had, or --accept-tool-changes if it may do without\n$/m,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
  const accepted = await tardigrade(["resume", file, "--answer", "1=0", "--accept-tool-changes"]);
  expect(accepted).toMatchObject({ code: 0, stdout: "1\n" });
});
