/**
 * What the web interfaces need from outside the machine.
 *
 * @typedef {{
 *   random(length: number): ArrayBuffer,
 *   encodeUtf8(text: string): ArrayBuffer,
 *   decodeText(bytes: ArrayBuffer, encoding: string, fatal: boolean): string | undefined,
 *   now(): number,
 *   origin(): number,
 *   setTimer(callback: () => void, delayMs: number): number,
 *   clearTimer(id: number): void,
 * }} Host
 */

/** The host of this machine, set once by `installWeb`. @type {Host} */
export let host;

/** @param {Host} value */
export function setHost(value) {
  host = value;
}

/** Integer milliseconds since this run started. */
export function elapsed() {
  return host.now() - host.origin();
}
