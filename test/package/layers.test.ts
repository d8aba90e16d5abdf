import { existsSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { INTERNAL, LAYERS, type Layer, NODE_OWNERS } from "./layers.ts";
import { filesBelow, importsOf, namesIn, ROOT } from "./sources.ts";

const FILES = filesBelow("src", /\.ts$/);
const IMPORTS = new Map(FILES.map((file) => [file, importsOf(file)]));

function layerOf(path: string): Layer | undefined {
  return LAYERS.find((layer) => path === layer.path || path.startsWith(`${layer.path}/`));
}

/** The file of ours that an import leads to. */
function target(from: string, name: string): string | undefined {
  if (name.startsWith("#")) return INTERNAL[name];
  return name.startsWith(".") ? posix.join(posix.dirname(from), name) : undefined;
}

function packageName(name: string): string {
  return name.split("/", name.startsWith("@") ? 2 : 1).join("/");
}

/** Everything that is wrong with one import, in words; empty if nothing is. */
function complaints(from: string, name: string): string[] {
  const to = target(from, name);
  if (name.startsWith("#") && to === undefined) return ["is no known internal import"];
  if (to !== undefined) return ownComplaints(from, to);
  return name.startsWith("node:") ? nodeComplaints(from, name) : packageComplaints(from, packageName(name));
}

function ownComplaints(from: string, to: string): string[] {
  const [own, other] = [layerOf(from), layerOf(to)];
  if (!existsSync(ROOT + to) && !to.endsWith(".generated.ts")) return ["does not exist"];
  if (!other) return ["leads out of the layers"];
  if (own === other || !own) return [];
  const wrong: string[] = [];
  if (LAYERS.indexOf(own) > LAYERS.indexOf(other)) wrong.push("leads upwards");
  if (to !== other.path && to !== `${other.path}/index.ts`) wrong.push("does not go through index.ts");
  return wrong;
}

function nodeComplaints(from: string, name: string): string[] {
  const layer = layerOf(from);
  const owners = NODE_OWNERS[name];
  if (owners !== undefined && !owners.includes(layer?.path ?? "")) return [`is for ${owners.join(" and ")} only`];
  if (layer?.core && !layer.platformFiles?.includes(from)) return ["is a module of Node in the core"];
  return layer?.core || layer?.node === "any" ? [] : ["is a module of Node"];
}

function packageComplaints(from: string, name: string): string[] {
  return layerOf(from)?.packages?.includes(name) ? [] : ["is a package that this layer may not import"];
}

describe("layers", () => {
  test("every file belongs to a layer, and every layer exists", () => {
    expect(FILES.filter((file) => !layerOf(file))).toEqual([]);
    expect(LAYERS.filter(({ path }) => !FILES.some((file) => layerOf(file)?.path === path))).toEqual([]);
  });

  test("imports lead downwards, through index.ts, and only to what the layer may import", () => {
    const wrong = FILES.flatMap((file) =>
      (IMPORTS.get(file) ?? []).flatMap((name) => complaints(file, name).map((why) => `${file}: "${name}" ${why}`)),
    );
    expect(wrong).toEqual([]);
  });

  test("no file imports itself by a detour", () => {
    const links = new Map(
      FILES.map((file) => [
        file,
        (IMPORTS.get(file) ?? []).flatMap((name) => {
          const to = target(file, name);
          return to !== undefined && IMPORTS.has(to) ? [to] : [];
        }),
      ]),
    );
    expect(cycles(links)).toEqual([]);
  });

  test("the core uses no global of Node", () => {
    // What differs per platform has a file of its own, which imports what it needs.
    const core = FILES.filter((file) => layerOf(file)?.core && file !== "src/engine/load/node.ts");
    const wrong = core.flatMap((file) =>
      ["Buffer", "process", "require", "__dirname", "__filename", "global"]
        .filter((name) => namesIn(file).has(name))
        .map((name) => `${file}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("every package of a layer is used, and is a dependency", async () => {
    const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
    const used = new Set([...IMPORTS].flatMap(([, names]) => names.map(packageName)));
    const named = LAYERS.flatMap(({ packages = [] }) => packages).sort();
    expect(named.filter((name) => !used.has(name))).toEqual([]);
    expect(Object.keys(manifest.dependencies).sort()).toEqual(named);
  });
});

describe("guest", () => {
  const guest = filesBelow("guest", /\.js$/);

  test("imports only files of its own, and the web interfaces only theirs", () => {
    const wrong = guest.flatMap((file) =>
      importsOf(file)
        .filter((name) => {
          const to = target(file, name);
          const home = file.startsWith("guest/web/") ? "guest/web/" : "guest/";
          return !to?.startsWith(home) || !guest.includes(to);
        })
        .map((name) => `${file}: "${name}"`),
    );
    expect(wrong).toEqual([]);
  });

  test("has no cycles", () => {
    const links = new Map(guest.map((file) => [file, importsOf(file).flatMap((name) => target(file, name) ?? [])]));
    expect(cycles(links)).toEqual([]);
  });
});

/** Each cycle once, as the path from its first file back to it. */
function cycles(links: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file].join(" → "));
    if (at >= 0 || done.has(file)) return;
    for (const next of links.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of links.keys()) visit(file, []);
  return found;
}
