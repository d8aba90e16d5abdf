import { abortStateOf, addAbortState } from "./abort-state.js";
import { Event } from "./event.js";
import { EventTarget, fire } from "./event-target.js";
import { host } from "./host.js";
import { asInterface } from "./interface.js";

const ALLOWED = Symbol("AbortSignal");
const MAX_DELAY = Number.MAX_SAFE_INTEGER;

/** The web's AbortSignal; only controllers and its own static methods make one. */
export class AbortSignal extends EventTarget {
  /** @type {((event: Event) => unknown) | null} */
  #onabort = null;
  #handler = (/** @type {Event} */ event) => this.#onabort?.call(this, event);

  /** @param {unknown} [allowed] */
  constructor(allowed) {
    super();
    if (allowed !== ALLOWED) throw new TypeError("Illegal constructor");
    addAbortState(this);
  }

  /** @param {unknown} [reason] */
  static abort(reason) {
    const signal = new AbortSignal(ALLOWED);
    Object.assign(abortStateOf(signal), { aborted: true, reason: defaultReason(reason) });
    return signal;
  }

  /** @param {number} milliseconds */
  static timeout(milliseconds) {
    const delay = Math.trunc(Number(milliseconds));
    if (!(delay >= 0 && delay <= MAX_DELAY)) throw new TypeError("The timeout must be a number from 0 up");
    const signal = new AbortSignal(ALLOWED);
    host.setTimer(() => {
      abortSignal(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    }, delay);
    return signal;
  }

  /** @param {Iterable<AbortSignal>} signals */
  static any(signals) {
    const states = [...signals].map((signal) => ({ signal, state: abortStateOf(signal) }));
    const result = new AbortSignal(ALLOWED);
    const own = abortStateOf(result);
    const aborted = states.find(({ state }) => state.aborted);
    if (aborted) {
      Object.assign(own, { aborted: true, reason: aborted.state.reason });
      return result;
    }
    for (const { signal, state } of states) {
      for (const source of state.sources.size > 0 ? state.sources : [signal]) {
        own.sources.add(source);
        abortStateOf(source).dependents.add(result);
      }
    }
    return result;
  }

  get aborted() {
    return abortStateOf(this).aborted;
  }

  get reason() {
    return abortStateOf(this).reason;
  }

  throwIfAborted() {
    const { aborted, reason } = abortStateOf(this);
    if (aborted) throw reason;
  }

  get onabort() {
    return this.#onabort;
  }

  set onabort(handler) {
    const before = this.#onabort;
    this.#onabort = typeof handler === "function" ? handler : null;
    if (before === null && this.#onabort !== null) this.addEventListener("abort", this.#handler);
    if (before !== null && this.#onabort === null) this.removeEventListener("abort", this.#handler);
  }
}

asInterface(AbortSignal, "AbortSignal");

/** The web's AbortController. */
export class AbortController {
  #signal = new AbortSignal(ALLOWED);

  get signal() {
    return this.#signal;
  }

  /** @param {unknown} [reason] */
  abort(reason) {
    abortSignal(this.#signal, reason);
  }
}

asInterface(AbortController, "AbortController");

/** @param {unknown} reason */
function defaultReason(reason) {
  return reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
}

/**
 * Aborts a signal and all made from it: first every state, then steps and listeners in order.
 * @param {AbortSignal} signal
 * @param {unknown} reason
 */
function abortSignal(signal, reason) {
  const state = abortStateOf(signal);
  if (state.aborted) return;
  const settled = defaultReason(reason);
  const all = [signal, .../** @type {Set<AbortSignal>} */ (state.dependents)].filter(
    (each) => !abortStateOf(each).aborted,
  );
  for (const each of all) Object.assign(abortStateOf(each), { aborted: true, reason: settled });
  for (const each of all) runAbort(each);
}

/** @param {AbortSignal} signal */
function runAbort(signal) {
  const state = abortStateOf(signal);
  const { steps } = state;
  state.steps = [];
  for (const step of steps) step();
  state.dependents.clear();
  state.sources.clear();
  fire(signal, new Event("abort"));
}
