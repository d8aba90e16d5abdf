/** Globals that answer as TypeScript declarations promise: plain values, and functions with a plausible answer. */
export type Stubs = Record<string, unknown>;

type Token = { readonly kind: "word" | "text" | "number" | "mark"; readonly text: string };

const TOKENS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_$][\w$]*|-?\d+(?:\.\d+)?|=>|[^\s]/g;

/** Stubs for everything that a text of declarations declares: functions, and namespaces of constants and functions. */
export function stubsOf(declarations: string): Stubs {
  return new Parser(tokens(declarations)).members();
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const [part] of text.matchAll(TOKENS)) {
    if (part.startsWith("/*") || part.startsWith("//")) continue;
    if (/^["']/.test(part)) found.push({ kind: "text", text: part.slice(1, -1) });
    else if (/^[A-Za-z_$]/.test(part)) found.push({ kind: "word", text: part });
    else found.push({ kind: /^-?\d/.test(part) ? "number" : "mark", text: part });
  }
  return found;
}

/** Reads declarations by recursive descent; what a type stands for is a value of that type. */
class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(all: readonly Token[]) {
    this.tokens = all;
  }

  members(): Stubs {
    const stubs: Stubs = {};
    while (this.at < this.tokens.length && !this.takes("}")) {
      const word = this.next().text;
      if (word === "namespace") {
        const name = this.next().text;
        this.expect("{");
        stubs[name] = this.members();
      } else if (word === "function") this.function(stubs);
      else if (word === "const") this.constant(stubs);
    }
    return stubs;
  }

  private function(stubs: Stubs): void {
    const name = this.next().text;
    this.skipParameters();
    const answer = this.takes(":") ? this.type(name) : undefined;
    stubs[name] = () => structuredClone(answer);
  }

  private constant(stubs: Stubs): void {
    const name = this.next().text;
    const declared = this.takes(":") ? this.type(name) : undefined;
    stubs[name] = this.takes("=") ? this.literal() : declared;
  }

  private literal(): unknown {
    const { kind, text } = this.next();
    if (kind === "text") return text;
    if (kind === "number") return Number(text);
    return text === "true" ? true : text === "false" ? false : text === "null" ? null : undefined;
  }

  private skipParameters(): void {
    this.expect("(");
    for (let depth = 1; depth > 0; ) {
      const { kind, text } = this.next();
      if (kind === "mark") depth += text === "(" ? 1 : text === ")" ? -1 : 0;
    }
  }

  /** A value of the type; of a union, of its first member. `name` is what it is called, for telling texts apart. */
  private type(name: string): unknown {
    this.takes("|");
    let value = this.single(name);
    while (this.takes("[")) {
      this.expect("]");
      value = [value, value];
    }
    if (this.takes("|")) this.type(name);
    return value;
  }

  private single(name: string): unknown {
    const { kind, text } = this.next();
    if (kind === "text") return text;
    if (kind === "number") return Number(text);
    if (text === "{") return this.object();
    if (text === "(") {
      const inner = this.type(name);
      this.expect(")");
      return inner;
    }
    if (!this.takes("<")) return plain(text, name);
    const inner = this.type(name);
    while (this.takes(",")) this.type(name);
    this.expect(">");
    return text === "Array" || text === "Set" ? [inner, structuredClone(inner)] : inner;
  }

  private object(): Stubs {
    const value: Stubs = {};
    while (!this.takes("}")) {
      const key = this.next().text;
      if (key === ";" || key === ",") continue;
      this.takes("?");
      this.expect(":");
      value[key] = this.type(key);
    }
    return value;
  }

  private next(): Token {
    const token = this.tokens[this.at++];
    if (!token) throw new Error("the declarations end early");
    return token;
  }

  private takes(mark: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== "mark" || token.text !== mark) return false;
    this.at++;
    return true;
  }

  private expect(mark: string): void {
    if (!this.takes(mark)) throw new Error(`expected ${mark}, got ${this.tokens[this.at]?.text ?? "the end"}`);
  }
}

function plain(type: string, name: string): unknown {
  switch (type) {
    case "string":
      return `${name} 1`;
    case "number":
      return 7;
    case "boolean":
    case "true":
      return true;
    case "false":
      return false;
    case "null":
      return null;
    case "any":
    case "unknown":
    case "object":
      return { id: `${name} 1`, value: 7, ok: true };
    default:
      return undefined;
  }
}
