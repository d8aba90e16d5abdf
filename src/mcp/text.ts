/** Least length of a secret that is hidden: anything shorter would garble ordinary words and protects nothing. */
const SHORTEST_SECRET = 5;
const HIDDEN = "[hidden]";

// Control characters, zero-width and bidirectional ones: a terminal or a person could be fooled by them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const FLAG_WITH_SECRET = /(key|token|secret|passw|auth|credential|bearer|cookie)/i;

/** Text from a server or a file made safe to show: unprintable characters as `\u….`, at most `limit` characters. */
export function printable(text: string, limit = 400): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}… (${text.length - limit} more characters)` : text;
  return cut.replace(UNPRINTABLE, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A function that hides each of the secrets, also in their URL-encoded form, wherever they occur in a text. */
export function createRedactor(secrets: Iterable<string>): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    forms.add(secret);
    forms.add(encodeURIComponent(secret));
    forms.add(JSON.stringify(secret).slice(1, -1));
  }
  // The longest first, so that a secret that contains another one leaves no rest.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
}

/** A URL without user, password, query and fragment, also if it is malformed. */
export function shownUrl(url: string): string {
  const bare = url.split(/[?#]/)[0] ?? "";
  const scheme = /^\w+:\/\//.exec(bare)?.[0] ?? "";
  // By text and not by URL: "user:password@host" is a URL too, of the scheme "user".
  return scheme + bare.slice(Math.max(scheme.length, bare.lastIndexOf("@") + 1));
}

/** The secret parts of a URL: user, password, and the values of its query. */
export function urlSecrets(url: string): string[] {
  try {
    const { username, password, search, searchParams, hash } = new URL(url);
    const parts = [username, password, search.slice(1), hash.slice(1), ...searchParams.values()];
    return [...parts, ...parts.map(decoded)].filter((part) => part !== "");
  } catch {
    return [];
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A command line; the values of flags that sound secret are hidden. */
export function shownCommand(command: string, args: readonly string[]): string {
  const shown = args.map((arg, index) => {
    const flag = /^--?[\w-]+/.exec(arg)?.[0] ?? "";
    if (FLAG_WITH_SECRET.test(flag) && arg.includes("=")) return `${arg.slice(0, arg.indexOf("="))}=${HIDDEN}`;
    const before = args[index - 1] ?? "";
    const isValue = before.startsWith("-") && !before.includes("=") && !arg.startsWith("-");
    if (isValue && FLAG_WITH_SECRET.test(before)) return HIDDEN;
    return /^[\w./:@=,+-]+$/.test(arg) ? arg : JSON.stringify(arg);
  });
  return [command, ...shown].join(" ");
}

/** The kind of a value, for messages that must not show the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
