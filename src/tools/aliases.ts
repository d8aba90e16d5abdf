import { isForbiddenName, isIdentifier } from "./names.ts";

const SEPARATORS = /(?:[^\p{ID_Continue}$]|\p{Default_Ignorable_Code_Point})+/u;

/**
 * An identifier for every name, such as `getSum` for `get-sum`; names that already are identifiers keep
 * themselves. The same set of names gives the same aliases, whatever their order; no two are alike.
 */
export function identifierAlias(names: readonly string[]): Map<string, string> {
  const unique = [...new Set(names)];
  const taken = new Set(unique.filter(needsNoAlias));
  const changed = new Map<string, string>();
  // Sorted by code unit, so that who gets a suffix doesn't hang on the order of discovery.
  for (const name of unique.filter((name) => !needsNoAlias(name)).sort()) {
    const alias = freeName(toIdentifier(name), taken);
    taken.add(alias);
    changed.set(name, alias);
  }
  return new Map(unique.map((name) => [name, changed.get(name) ?? name]));
}

function needsNoAlias(name: string): boolean {
  return isIdentifier(name) && !isForbiddenName(name);
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let candidate = name;
  for (let count = 2; taken.has(candidate); count++) candidate = `${name}_${count}`;
  return candidate;
}

function toIdentifier(name: string): string {
  const [first = "", ...rest] = name.split(SEPARATORS).filter((part) => part !== "");
  const joined = first + rest.map(capitalised).join("");
  const identifier = isIdentifier(joined) ? joined : `_${joined}`;
  return isForbiddenName(identifier) ? `${identifier}_` : identifier;
}

function capitalised(part: string): string {
  const [first = ""] = part;
  const upper = first.toUpperCase();
  // "ß".toUpperCase() is "SS"; what changes length or stops being a letter of a name stays as it is.
  return isIdentifier(upper) && upper.length === first.length ? upper + part.slice(first.length) : part;
}
