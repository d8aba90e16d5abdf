/**
 * `steps` run once when the signal is aborted, before its listeners; `sources` are the signals that `AbortSignal.any`
 * was given, `dependents` those made from this one.
 *
 * @typedef {{
 *   aborted: boolean, reason: unknown, steps: (() => void)[],
 *   sources: Set<object>, dependents: Set<object>,
 * }} AbortState
 */

/** @type {WeakMap<object, AbortState>} */
const states = new WeakMap();
const get = /** @type {(signal: object) => AbortState | undefined} */ (WeakMap.prototype.get.bind(states));
const set = WeakMap.prototype.set.bind(states);

/** @param {object} signal */
export function addAbortState(signal) {
  set(signal, { aborted: false, reason: undefined, steps: [], sources: new Set(), dependents: new Set() });
}

/**
 * The state of an AbortSignal. Throws a TypeError for anything else.
 * @param {unknown} signal
 * @returns {AbortState}
 */
export function abortStateOf(signal) {
  const state = get(/** @type {object} */ (signal));
  if (state === undefined) throw new TypeError("Expected an AbortSignal");
  return state;
}
