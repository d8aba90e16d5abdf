import { elapsed } from "./host.js";
import { asInterface, defineConstants } from "./interface.js";

/**
 * @typedef {{
 *   type: string, bubbles: boolean, cancelable: boolean, composed: boolean, timeStamp: number, trusted: boolean,
 *   target: object | null, currentTarget: object | null, phase: number,
 *   dispatching: boolean, stopped: boolean, stoppedNow: boolean, cancelled: boolean, passive: boolean,
 * }} EventState
 */

/** The inner state of an event, for dispatching it. @type {(event: Event) => EventState} */
export let stateOf;

/** The phase of an event that is being dispatched. */
export const AT_TARGET = 2;

/** The web's Event, for targets without a tree: it is only ever at its target. */
export class Event {
  /** @type {EventState} */
  #state;

  static {
    stateOf = (event) => event.#state;
  }

  /**
   * @param {string} type
   * @param {{ bubbles?: boolean, cancelable?: boolean, composed?: boolean }} [options]
   */
  constructor(type, options) {
    if (type === undefined) throw new TypeError("An event needs a type");
    this.#state = {
      type: String(type),
      bubbles: Boolean(options?.bubbles),
      cancelable: Boolean(options?.cancelable),
      composed: Boolean(options?.composed),
      timeStamp: elapsed(),
      trusted: false,
      target: null,
      currentTarget: null,
      phase: 0,
      dispatching: false,
      stopped: false,
      stoppedNow: false,
      cancelled: false,
      passive: false,
    };
  }

  get type() {
    return this.#state.type;
  }
  get target() {
    return this.#state.target;
  }
  get srcElement() {
    return this.#state.target;
  }
  get currentTarget() {
    return this.#state.currentTarget;
  }
  get eventPhase() {
    return this.#state.phase;
  }
  get bubbles() {
    return this.#state.bubbles;
  }
  get cancelable() {
    return this.#state.cancelable;
  }
  get composed() {
    return this.#state.composed;
  }
  get defaultPrevented() {
    return this.#state.cancelled;
  }
  get returnValue() {
    return !this.#state.cancelled;
  }
  get cancelBubble() {
    return this.#state.stopped;
  }
  set cancelBubble(value) {
    if (value) this.#state.stopped = true;
  }
  get isTrusted() {
    return this.#state.trusted;
  }
  get timeStamp() {
    return this.#state.timeStamp;
  }

  composedPath() {
    const { currentTarget } = this.#state;
    return currentTarget === null ? [] : [currentTarget];
  }
  preventDefault() {
    const state = this.#state;
    if (state.cancelable && !state.passive) state.cancelled = true;
  }
  stopPropagation() {
    this.#state.stopped = true;
  }
  stopImmediatePropagation() {
    this.#state.stopped = true;
    this.#state.stoppedNow = true;
  }
}

asInterface(Event, "Event");
defineConstants(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET, BUBBLING_PHASE: 3 });

/** An event that carries a value. */
export class CustomEvent extends Event {
  #detail;

  /**
   * @param {string} type
   * @param {{ bubbles?: boolean, cancelable?: boolean, composed?: boolean, detail?: unknown }} [options]
   */
  constructor(type, options) {
    if (type === undefined) throw new TypeError("An event needs a type");
    super(type, options);
    this.#detail = options?.detail ?? null;
  }

  get detail() {
    return this.#detail;
  }
}

asInterface(CustomEvent, "CustomEvent");
