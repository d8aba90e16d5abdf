import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { keyPath } from "../../src/cli/snapshot-key.ts";
import { newPath, tardigrade } from "./harness.ts";

const LATER = "await sleep(1e6); return 'woken'";

/** A user who has never used it. */
function newUser() {
  const XDG_DATA_HOME = newPath("data");
  const env = { XDG_DATA_HOME };
  const suspend = async (more: Record<string, string> = {}) => {
    const file = newPath("run.snapshot");
    return { file, ...(await tardigrade(["run", "-e", LATER, "--snapshot-to", file], { env: { ...env, ...more } })) };
  };
  const wake = (file: string, more: Record<string, string> = {}) =>
    tardigrade(["resume", file, "--answer", "1=0"], { env: { ...env, ...more } });
  return { keyFile: join(XDG_DATA_HOME, "tardigrade", "key"), suspend, wake };
}

describe("the key file", () => {
  test("is made at the first use, for its user only, and never printed", async () => {
    const { keyFile, suspend, wake } = newUser();
    const { code, file, stderr } = await suspend();
    expect(code).toBe(3);
    const key = readFileSync(keyFile, "utf8");
    expect(key).toMatch(/^[0-9a-f]{64}\n$/);
    expect(stderr).not.toContain(key.trim());
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(keyFile))).toEqual(["key"]);
    expect((await wake(file)).stdout).toBe("woken\n");
    expect(readFileSync(keyFile, "utf8")).toBe(key);
  });

  test("is one key for all that make it at the same time", async () => {
    const { keyFile, suspend, wake } = newUser();
    const all = await Promise.all(Array.from({ length: 6 }, () => suspend()));
    expect(readdirSync(dirname(keyFile))).toEqual(["key"]);
    for (const { file } of all) expect((await wake(file)).stdout).toBe("woken\n");
  });

  test("is not made by what only reads, nor by runs that are not kept", async () => {
    const { keyFile, suspend, wake } = newUser();
    const { file } = await newUser().suspend();
    const { code, stderr } = await wake(file);
    expect(code).toBe(4);
    expect(stderr).toBe(
      `tardigrade: there is no key that opens snapshots: set TARDIGRADE_KEY to the one that sealed it, or put that into ${keyFile}\n`,
    );
    expect((await tardigrade(["run", "-e", "1"], { env: { XDG_DATA_HOME: dirname(dirname(keyFile)) } })).code).toBe(0);
    expect(existsSync(keyFile)).toBe(false);
    expect((await suspend({ TARDIGRADE_KEY: "0".repeat(64) })).code).toBe(3);
    expect(existsSync(keyFile)).toBe(false);
  });

  test.runIf(process.platform !== "win32" && process.getuid?.() !== undefined)(
    "is refused when others may read it, or when it is no key",
    async () => {
      const { keyFile, suspend } = newUser();
      mkdirSync(dirname(keyFile), { recursive: true });
      const secret = "ab".repeat(32);
      writeFileSync(keyFile, secret, { mode: 0o600 });
      chmodSync(keyFile, 0o644);
      const open = await suspend();
      expect({ code: open.code, stdout: open.stdout }).toEqual({ code: 4, stdout: "" });
      expect(open.stderr).toBe(
        `tardigrade: ${keyFile}: others may read or change the key (mode 644): chmod 600 it, or remove it if it may be known\n`,
      );
      chmodSync(keyFile, 0o600);
      writeFileSync(keyFile, secret.slice(0, 40));
      const short = await suspend();
      expect(short.code).toBe(4);
      expect(short.stderr).toBe(
        `tardigrade: ${keyFile}: expected 64 hexadecimal digits, or 32 bytes as base64, got 40 other characters\n`,
      );
      writeFileSync(keyFile, "");
      expect((await suspend()).stderr).toContain("got 0 other characters");
      expect(existsSync(short.file)).toBe(false);
    },
  );

  test("stands where each platform keeps such things", () => {
    expect(keyPath({}, "linux", "/home/ada")).toBe("/home/ada/.local/share/tardigrade/key");
    expect(keyPath({ XDG_DATA_HOME: "/data" }, "linux", "/home/ada")).toBe("/data/tardigrade/key");
    expect(keyPath({ XDG_DATA_HOME: "not/absolute" }, "linux", "/home/ada")).toBe(
      "/home/ada/.local/share/tardigrade/key",
    );
    expect(keyPath({}, "darwin", "/Users/ada")).toBe("/Users/ada/Library/Application Support/tardigrade/key");
    expect(keyPath({ LOCALAPPDATA: "/local" }, "win32", "/ada")).toBe("/local/tardigrade/key");
  });
});

describe("TARDIGRADE_KEY", () => {
  test("is taken as hexadecimal digits and as base64, in place of the file", async () => {
    const { suspend, wake } = newUser();
    const bytes = randomBytes(32);
    const forms = [bytes.toString("hex").toUpperCase(), bytes.toString("base64"), bytes.toString("base64url")];
    for (const [at, form] of forms.entries()) {
      const { code, file } = await suspend({ TARDIGRADE_KEY: form });
      expect(code).toBe(3);
      expect((await wake(file, { TARDIGRADE_KEY: ` ${forms[(at + 1) % 3]}\n` })).stdout).toBe("woken\n");
    }
  });

  test("that is no key is refused, and not shown", async () => {
    const { suspend } = newUser();
    for (const wrong of ["", "hunter2", "ab".repeat(31), "x".repeat(64)]) {
      const { code, stderr, stdout } = await suspend({ TARDIGRADE_KEY: wrong });
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
      expect(stderr).toBe(
        `tardigrade: TARDIGRADE_KEY: expected 64 hexadecimal digits, or 32 bytes as base64, got ${wrong.length} other characters\n`,
      );
    }
  });

  test("that is another one than sealed the snapshot is told, and the file stays", async () => {
    const { suspend, wake } = newUser();
    const { file } = await suspend();
    const before = readFileSync(file);
    for (const command of [
      ["inspect", file],
      ["resume", file, "--json"],
    ]) {
      const { code, stderr, stdout } = await tardigrade(command, { env: { TARDIGRADE_KEY: "0".repeat(64) } });
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
      expect(stderr).toBe(
        `tardigrade: the snapshot "${file}" was sealed with another key than that of TARDIGRADE_KEY: set TARDIGRADE_KEY to the right one\n`,
      );
    }
    expect(readFileSync(file).equals(before)).toBe(true);
    expect((await wake(file)).code).toBe(0);
  });
});
