/** What comes next in a delta's words, by the words of another delta: see delta.ts for what they mean. */
export class Forecast {
  private readonly base: Int32Array;
  /** The run of the base that ends behind `address`: where it stands in the list, and in the memory. */
  private run = 0;
  private start: number;
  private end: number;
  private address = 0;
  /** Words that are left of the run that is being told, and what comes when none is. */
  private left = 0;
  private tells: "skip" | "count" = "skip";

  constructor(base: Int32Array) {
    this.base = base;
    this.start = this.wordAt(0);
    this.end = this.start + this.wordAt(1);
  }

  /** The next word, if it is as in the other delta. */
  next(): number | undefined {
    const { address, base, end, run, start } = this;
    if (run >= base.length) return undefined;
    if (this.left > 0) return address < start ? undefined : base[run + 2 + address - start];
    return (this.tells === "skip" ? start - address : end - address) | 0;
  }

  /** Takes note of what the next word was. */
  was(word: number): void {
    if (this.left > 0) {
      this.left--;
      this.reach(this.address + 1);
    } else if (this.tells === "skip") {
      this.tells = "count";
      this.reach(this.address + (word >>> 0));
    } else {
      this.tells = "skip";
      this.left = word >>> 0;
    }
  }

  private reach(address: number): void {
    this.address = address;
    while (address >= this.end && this.run < this.base.length) {
      this.run += 2 + this.end - this.start;
      this.start = this.end + this.wordAt(this.run);
      this.end = this.start + this.wordAt(this.run + 1);
    }
  }

  private wordAt(index: number): number {
    return (this.base[index] ?? 0) >>> 0;
  }
}
