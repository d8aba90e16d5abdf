/**
 * The text as sucrase reads it, with a bound on how often it may read: sucrase reparses nested arrow functions
 * and generics exponentially (24 levels: 48 s), while ordinary source is read 3 to 4 times. It also tells which tokens
 * were copied to the output; sucrase's own source map loses all columns after the first `${` without text before it.
 */
export class MeteredText {
  readonly length: number;
  readonly #text: string;
  readonly #copied = new Map<number, number>();
  #spaceEnd = -1;
  #reads: number;

  constructor(text: string) {
    this.#text = text;
    this.length = text.length;
    this.#reads = 300_000 + 24 * text.length;
  }

  get exhausted(): boolean {
    return this.#reads < 0;
  }

  charCodeAt(index: number): number {
    this.#reads--;
    if (this.#reads < 0) throw new Error("read too often");
    return this.#text.charCodeAt(index);
  }

  /** sucrase copies a token by two slices in a row: the space and comments before it, and itself. */
  slice(start: number, end: number): string {
    const text = this.#text.slice(start, end);
    if (text === "" || /^(?:\s|\/[/*])/.test(text)) this.#spaceEnd = end;
    else if (start === this.#spaceEnd) this.#copied.set(start, end);
    return text;
  }

  /** Start and end of the tokens that were copied, in source order. */
  copiedTokens(): [start: number, end: number][] {
    return [...this.#copied].sort(([a], [b]) => a - b);
  }

  startsWith(text: string, at?: number): boolean {
    return this.#text.startsWith(text, at);
  }

  includes(text: string, at?: number): boolean {
    return this.#text.includes(text, at);
  }

  indexOf(text: string, at?: number): number {
    return this.#text.indexOf(text, at);
  }

  replace(pattern: RegExp | string, by: string): string {
    return this.#text.replace(pattern, by);
  }

  toString(): string {
    return this.#text;
  }
}
