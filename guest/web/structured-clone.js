import { detachTransferred, prepareTransfer } from "./clone-buffers.js";
import { clonerFor, refuse } from "./clone-types.js";

/**
 * One clone in progress. Depth costs no stack: what is inside an object waits in a frame.
 *
 * @typedef {{ copy: any, source: any, items: any[], index: number, fill: (graph: Graph, frame: Frame, item: any) => void }} Frame
 */

/** The copies made so far, and the objects whose contents are still to be copied. */
export class Graph {
  /** @type {Map<object, object>} */
  copies = new Map();
  /** @type {Frame[]} */
  #frames = [];

  /**
   * The copy of a value; the contents of a new object come later.
   * @param {any} value
   * @returns {any}
   */
  open(value) {
    if (typeof value === "function" || typeof value === "symbol") refuse(value);
    if (typeof value !== "object" || value === null) return value;
    const known = this.copies.get(value);
    if (known !== undefined) return known;
    const copy = clonerFor(value)(this, value);
    this.copies.set(value, copy);
    return copy;
  }

  /**
   * Has `fill` called with each item, after the contents of everything that was opened later.
   * @param {Frame} frame
   */
  later(frame) {
    if (frame.items.length > 0) this.#frames[this.#frames.length] = frame;
  }

  /** Copies all contents that wait. */
  fill() {
    const frames = this.#frames;
    while (frames.length > 0) {
      const frame = frames[frames.length - 1];
      if (frame.index === frame.items.length) frames.length--;
      else frame.fill(this, frame, frame.items[frame.index++]);
    }
  }
}

/**
 * The web's structuredClone, for the types that exist here. Throws a DataCloneError for what can't be cloned.
 * @param {any} value
 * @param {{ transfer?: Iterable<ArrayBuffer> }} [options]
 * @returns {any}
 */
export function structuredClone(value, options) {
  const transferred = [...(options?.transfer ?? [])];
  const graph = new Graph();
  prepareTransfer(graph, transferred);
  const copy = graph.open(value);
  graph.fill();
  detachTransferred(graph, transferred);
  return copy;
}
