import { expect, test } from "vitest";
import { filesBelow, readSource } from "./sources.ts";

const MOST_LINES = 400;
const MANY_LINES = 300;

/** Files that may be longer, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const SIZES = ["src", "guest", "scripts", "test"]
  .flatMap((folder) => filesBelow(folder, /\.(?:[cm]?[jt]s)$/))
  .map((file) => ({ file, lines: readSource(file).trimEnd().split("\n").length }));

test(`no file is longer than ${MOST_LINES} lines`, () => {
  const long = SIZES.filter(({ file, lines }) => lines > MOST_LINES && !Object.hasOwn(EXCEPTIONS, file));
  expect(long).toEqual([]);
  const needless = Object.keys(EXCEPTIONS).filter(
    (name) => !SIZES.some(({ file, lines }) => file === name && lines > MOST_LINES),
  );
  expect(needless).toEqual([]);
});

test(`files of more than ${MANY_LINES} lines are few`, () => {
  const many = SIZES.filter(({ lines }) => lines > MANY_LINES);
  // Each of them is a place to look for a seam.
  expect(many.length, JSON.stringify(many, null, 1)).toBeLessThanOrEqual(5);
});
