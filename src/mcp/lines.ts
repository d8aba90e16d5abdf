import { Buffer } from "node:buffer";

const NEWLINE = 10;

/**
 * Cuts a stream of bytes into lines; the returned function takes the next bytes. When a line grows longer than
 * `longest` bytes it is either passed on as it is (`cut`), or dropped and the function answers false (`refuse`).
 */
export function createLineReader(
  longest: number,
  onLine: (line: string) => void,
  tooLong: "refuse" | "cut" = "refuse",
): (chunk: Buffer) => boolean {
  // Kept in pieces: joining at each chunk would copy a long message once per chunk.
  let pieces: Buffer[] = [];
  let held = 0;

  const take = (): string => {
    const line = Buffer.concat(pieces, held).toString("utf8");
    pieces = [];
    held = 0;
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  };

  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end));
      held += end - start;
      start = end + 1;
      onLine(take());
    }
    if (start < chunk.length) {
      pieces.push(chunk.subarray(start));
      held += chunk.length - start;
    }
    if (held <= longest) return true;
    const line = take();
    if (tooLong === "cut") onLine(line);
    return tooLong === "cut";
  };
}
