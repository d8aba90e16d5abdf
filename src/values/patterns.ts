/** What the regular expressions of one value may have together: making one can take the host ten milliseconds. */
const MAX_LENGTH = 16_384;
const MAX_CLASSES = 100;
/** Sets of strings count this much: their alternatives are tens of thousands. */
const OF_STRINGS = 50;

/** Holds the time that it takes to make the regular expressions of a value within some tens of milliseconds. */
export class PatternBudget {
  private length = 0;
  private classes = 0;

  /** Whether there is room for one more. */
  takes(source: string): boolean {
    this.length += source.length;
    if (this.length > MAX_LENGTH) return false;
    for (const [, name = ""] of source.matchAll(/\\p\{([^}]*)/gi)) {
      this.classes += /Emoji|RGI/.test(name) ? OF_STRINGS : 1;
    }
    return this.classes <= MAX_CLASSES;
  }
}
