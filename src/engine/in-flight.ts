/** Texts of calls and yields that wait for their answer may take this much of the host's memory together. */
export const BYTES_IN_FLIGHT: number = 16 << 20;

/** How many bytes each call and yield that is out holds on the host. */
export class InFlight {
  private readonly bytes: Map<number, number> = new Map();
  private total = 0;

  /** Forgets all but what a run that goes on holds. */
  begin(held: readonly (readonly [id: number, bytes: number])[] = []): void {
    this.bytes.clear();
    this.total = 0;
    for (const [id, bytes] of held) this.hold(id, bytes);
  }

  /** What is held, for a delta. */
  save(): [id: number, bytes: number][] {
    return [...this.bytes];
  }

  /** Whether a text may wait beside the others; a single one within its own limit always may. */
  fits(bytes: number, limit: number): boolean {
    return bytes <= limit && (this.total === 0 || this.total + bytes <= BYTES_IN_FLIGHT);
  }

  hold(id: number, bytes: number): void {
    this.release(id);
    this.bytes.set(id, bytes);
    this.total += bytes;
  }

  release(id: number): void {
    this.total -= this.bytes.get(id) ?? 0;
    this.bytes.delete(id);
  }
}
