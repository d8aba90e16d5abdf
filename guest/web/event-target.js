import { abortStateOf } from "./abort-state.js";
import { AT_TARGET, stateOf } from "./event.js";
import { asInterface } from "./interface.js";

/**
 * @typedef {import("./event.js").Event} Event
 * @typedef {((event: Event) => unknown) | { handleEvent(event: Event): unknown }} Callback
 * @typedef {{ type: string, callback: Callback, capture: boolean, once: boolean, passive: boolean, removed: boolean }} Listener
 * @typedef {{ capture?: boolean, once?: boolean, passive?: boolean, signal?: object }} ListenerOptions
 */

const reject = Promise.reject.bind(Promise);

/** Dispatches an event that the machine itself made. @type {(target: EventTarget, event: Event) => void} */
export let fire;

/** The web's EventTarget, without a tree. */
export class EventTarget {
  /** @type {Listener[]} */
  #listeners = [];

  static {
    fire = (target, event) => {
      stateOf(event).trusted = true;
      target.#dispatch(event);
    };
  }

  /**
   * @param {string} type
   * @param {Callback | null} callback
   * @param {boolean | ListenerOptions} [options]
   */
  addEventListener(type, callback, options) {
    const settings = typeof options === "object" && options !== null ? options : {};
    const listener = {
      type: String(type),
      callback: checkCallback(callback),
      capture: captures(options),
      once: Boolean(settings.once),
      passive: Boolean(settings.passive),
      removed: false,
    };
    const abort = settings.signal === undefined ? undefined : abortStateOf(settings.signal);
    if (listener.callback === null || abort?.aborted || this.#find(listener)) return;
    const added = /** @type {Listener} */ (listener);
    this.#listeners.push(added);
    abort?.steps.push(() => this.#remove(added));
  }

  /**
   * @param {string} type
   * @param {Callback | null} callback
   * @param {boolean | ListenerOptions} [options]
   */
  removeEventListener(type, callback, options) {
    const found = this.#find({ type: String(type), callback: checkCallback(callback), capture: captures(options) });
    if (found) this.#remove(found);
  }

  /**
   * @param {Event} event
   * @returns {boolean} false if a listener prevented the default
   */
  dispatchEvent(event) {
    const state = stateOf(event);
    if (state.dispatching) throw new DOMException("The event is already being dispatched", "InvalidStateError");
    state.trusted = false;
    return this.#dispatch(event);
  }

  /** @param {Event} event */
  #dispatch(event) {
    const state = stateOf(event);
    Object.assign(state, { dispatching: true, target: this, currentTarget: this, phase: AT_TARGET });
    const listeners = this.#listeners.filter((listener) => listener.type === state.type);
    for (const capture of [true, false]) {
      if (state.stopped) break;
      for (const listener of listeners) {
        if (listener.capture !== capture || listener.removed) continue;
        if (listener.once) this.#remove(listener);
        state.passive = listener.passive;
        notify(this, listener.callback, event);
        state.passive = false;
        if (state.stoppedNow) break;
      }
    }
    Object.assign(state, { dispatching: false, currentTarget: null, phase: 0, stopped: false, stoppedNow: false });
    return !state.cancelled;
  }

  /** @param {Pick<Listener, "type" | "capture"> & { callback: Callback | null }} wanted */
  #find(wanted) {
    return this.#listeners.find(
      ({ type, callback, capture }) =>
        type === wanted.type && callback === wanted.callback && capture === wanted.capture,
    );
  }

  /** @param {Listener} listener */
  #remove(listener) {
    listener.removed = true;
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }
}

asInterface(EventTarget, "EventTarget");

/**
 * @param {unknown} callback
 * @returns {Callback | null}
 */
function checkCallback(callback) {
  if (callback === undefined || callback === null) return null;
  if (typeof callback === "function" || typeof callback === "object") return /** @type {Callback} */ (callback);
  throw new TypeError("A listener must be a function or an object with handleEvent");
}

/** @param {boolean | ListenerOptions | undefined} options */
function captures(options) {
  return Boolean(typeof options === "object" && options !== null ? options.capture : options);
}

/**
 * Calls one listener. What it throws becomes a rejection that nobody handles: other listeners still run.
 * @param {EventTarget} target
 * @param {Callback} callback
 * @param {Event} event
 */
function notify(target, callback, event) {
  try {
    if (typeof callback === "function") callback.call(target, event);
    else callback.handleEvent(event);
  } catch (error) {
    reject(error);
  }
}
