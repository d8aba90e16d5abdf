/** A new id of a run or session. Platforms put them together of many small texts; `toLowerCase` gives one that is whole, in a tenth of the room. */
export function newRunId(): string {
  return crypto.randomUUID().toLowerCase();
}
