import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "acorn";
import { transform } from "sucrase";

/** The folder of the package. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** Text of a file of the package. */
export function readSource(path: string): string {
  return readFileSync(ROOT + path, "utf8");
}

/** Files below a folder, as paths from the package's folder; generated ones are left out. */
export function filesBelow(folder: string, extension: RegExp): string[] {
  return readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file}`)
    .filter((file) => extension.test(file) && !/\.generated\.ts$|(^|\/)(node_modules|dist|data|generated)\//.test(file))
    .sort();
}

/** What a module imports, exports from, or imports at run time; types included. Fails for names that are computed. */
export function importsOf(path: string): string[] {
  const text = withoutComments(readSource(path));
  const dynamic = [...text.matchAll(/\bimport\(\s*([^)\s]*)/g)].map(([, argument = ""]) => argument);
  const computed = dynamic.find((argument) => !/^["'][^"']+["'],?$/.test(argument));
  if (computed !== undefined) throw new Error(`${path}: import(${computed}) has a computed name`);
  const fixed = [...text.matchAll(/^(?:import|export)\b(?:[^;"']*?\bfrom)?\s*["']([^"']+)["']/gm)];
  const required = [...text.matchAll(/\b(?:require|resolve)\(\s*["']([^"'.][^"']*)["']/g)];
  return [
    ...fixed.map(([, name = ""]) => name),
    ...dynamic.map((argument) => argument.replaceAll(/["',]/g, "")),
    ...required.map(([, name = ""]) => name),
  ];
}

/** Words that stand in the code of a module as names of their own: not in strings, comments or types, not after a dot. */
export function namesIn(path: string): Set<string> {
  const { code } = transform(readSource(path), { transforms: ["typescript"], disableESTransforms: true });
  const names = new Set<string>();
  let before = "";
  parse(code, {
    ecmaVersion: "latest",
    sourceType: "module",
    onToken(token) {
      const { end, start, type, value } = token as typeof token & { value?: unknown };
      if (type.label === "name" && before !== "." && before !== "?.") names.add(String(value));
      if (before === "globalThis.") names.add(String(value));
      const text = code.slice(start, end);
      before = text === "." && before === "globalThis" ? "globalThis." : text;
    },
  });
  return names;
}

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, "").replaceAll(/^\s*\/\/.*$/gm, "");
}
