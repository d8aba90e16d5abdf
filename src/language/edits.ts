/** Text put into a line: at which offset of the original, and how many UTF-16 units. */
export interface Insertion {
  offset: number;
  length: number;
  /** The offset that a failure inside it is about, if that is known. */
  anchor?: number;
}

/** Collects changes to one text that keep its lines: insertions without line ends, and blanks of equal length. */
export class Edits {
  readonly #text: string;
  readonly #opening = new Map<number, string>();
  readonly #closing = new Map<number, { start: number; text: string }[]>();
  readonly #anchors = new Map<number, number>();
  readonly #replaced: { start: number; end: number; text?: string }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Puts text before an offset; at one offset the first insertion comes first. `anchor` stands in the same line. */
  insert(offset: number, text: string, anchor?: number): void {
    if (anchor !== undefined) this.#anchors.set(offset, anchor);
    this.#opening.set(offset, (this.#opening.get(offset) ?? "") + text);
  }

  /** Puts text around a range. Of ranges that start at one offset wrap the outer ones first. */
  wrap(start: number, end: number, opening: string, closing: string, anchor?: number): void {
    this.insert(start, opening, anchor);
    const closings = this.#closing.get(end);
    if (!closings) this.#closing.set(end, [{ start, text: closing }]);
    else closings.splice(closings.findLastIndex((outer) => outer.start <= start) + 1, 0, { start, text: closing });
  }

  /** Takes a place before an offset; the text is put there when it is known. */
  reserve(offset: number): (text: string) => void {
    const before = this.#opening.get(offset) ?? "";
    this.#opening.set(offset, "");
    return (text) => this.#opening.set(offset, before + text + (this.#opening.get(offset) ?? ""));
  }

  /** Replaces a range by spaces, keeping its line ends; ranges do not overlap. */
  blank(start: number, end: number): void {
    this.#replaced.push({ start, end });
  }

  /** Replaces what stands at an offset by a text of the same length without line ends. */
  replace(start: number, text: string): void {
    this.#replaced.push({ start, end: start + text.length, text });
  }

  /** The changed text, and the insertions in order. */
  apply(): { text: string; insertions: Insertion[] } {
    const original = this.#withReplaced();
    const offsets = [...new Set([...this.#closing.keys(), ...this.#opening.keys()])].sort((a, b) => a - b);
    const parts: string[] = [];
    const insertions: Insertion[] = [];
    let copied = 0;
    for (const offset of offsets) {
      const closings = this.#closing.get(offset)?.map(({ text }) => text) ?? [];
      const inserted = closings.reverse().join("") + (this.#opening.get(offset) ?? "");
      parts.push(original.slice(copied, offset), inserted);
      const anchor = this.#anchors.get(offset);
      insertions.push({ offset, length: inserted.length, ...(anchor !== undefined && { anchor }) });
      copied = offset;
    }
    parts.push(original.slice(copied));
    return { text: parts.join(""), insertions };
  }

  #withReplaced(): string {
    const parts: string[] = [];
    let copied = 0;
    for (const { start, end, text } of this.#replaced.sort((a, b) => a.start - b.start)) {
      parts.push(this.#text.slice(copied, start), text ?? this.#text.slice(start, end).replace(/[^\n]/g, " "));
      copied = end;
    }
    return parts.join("") + this.#text.slice(copied);
  }
}
