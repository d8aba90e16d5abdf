import { sendPull, sendStop } from "./bridge.js";
import { learnStreams } from "./classes.js";
import { decode } from "./decode.js";
import { callError, stackAbove } from "./errors.js";
import { nextId } from "./ids.js";
import { define, Error, jsonParse, Promise, record, TypeError, trusted } from "./intrinsics.js";

const { asyncIterator, iterator } = Symbol;

/** How an answer is delivered, beside failures and values: the answer to a call is a stream; a stream has no more parts. */
export const OPENED = 2;
const END = 3;

/** Streams whose next part is out, by the id of the message that asked for it. */
let asked = record();

/** Ends all streams: what waits for a part never settles. */
export function dropStreams() {
  asked = record();
}

/** What a call gives: a promise of its answer that can be iterated itself, as nobody here knows whether the tool streams. */
export class CallPromise extends Promise {
  [asyncIterator]() {
    return new CallParts(/** @type {any} */ (this), stackAbove(CallPromise.prototype[asyncIterator]));
  }
}

/** The parts of what a call answers: of a stream, or the members of a list. */
class CallParts {
  #call;
  #stack;
  /** @type {Promise<any> | undefined} */
  #source = undefined;

  /** @param {Promise<any>} call @param {string} stack where it is iterated */
  constructor(call, stack) {
    this.#call = call;
    this.#stack = stack;
  }

  [asyncIterator]() {
    return this;
  }

  async next() {
    const source = await this.#opened();
    return ToolStream.is(source) ? await trusted(source.next()) : source.next();
  }

  /** @param {any} value */
  async return(value) {
    let source;
    try {
      source = await this.#opened();
    } catch {
      // The engine calls this also where `next` failed, and nobody handles what it gives then.
      return step(true, value);
    }
    if (ToolStream.is(source)) return await trusted(source.return(value));
    return typeof source.return === "function" ? source.return(value) : step(true, value);
  }

  // Only once it is asked for: nobody would handle its rejection before.
  #opened() {
    this.#source ??= sourceOf(this.#call, this.#stack);
    return trusted(this.#source);
  }
}

/** Parts that a tool of the host makes one by one, each when it is asked for. */
class ToolStream {
  #call;
  #stack;
  #asked = asked;
  #ended = false;
  /** Who waits for a part, the oldest first: a chain, as one part is out at a time. @type {any} */
  #first = undefined;
  /** @type {any} */
  #last = undefined;

  /** @param {number} call @param {string} stack where the call was made */
  constructor(call, stack) {
    this.#call = call;
    this.#stack = stack;
  }

  /** @param {any} value */
  static is(value) {
    return value !== null && typeof value === "object" && #call in value;
  }

  /** @param {ToolStream} stream @param {number} how @param {string} text */
  static settle(stream, how, text) {
    stream.#settle(how, text);
  }

  [asyncIterator]() {
    return this;
  }

  next() {
    return new Promise((/** @type {any} */ resolve, /** @type {any} */ reject) => {
      if (this.#asked !== asked) throw new Error("this stream ended with the run that opened it");
      const waiting = record();
      waiting.resolve = resolve;
      waiting.reject = reject;
      if (this.#first === undefined) this.#first = waiting;
      else this.#last.next = waiting;
      this.#last = waiting;
      if (this.#first === waiting) this.#ask();
    });
  }

  /** @param {any} value */
  async return(value) {
    this.#stop();
    return step(true, value);
  }

  /** @param {any} error */
  async throw(error) {
    this.#stop();
    throw error;
  }

  #stop() {
    if (this.#ended || this.#asked !== asked) return;
    this.#ended = true;
    sendStop(this.#call);
  }

  #ask() {
    if (this.#ended) {
      this.#end();
      return;
    }
    const id = nextId();
    asked[id] = this;
    sendPull(id, this.#call);
  }

  /** @param {number} how @param {string} text */
  #settle(how, text) {
    const { next, reject, resolve } = this.#first;
    this.#first = next;
    if (how !== 1) this.#ended = true;
    if (how === 0) reject(callError(this.#call, jsonParse(text), this.#stack));
    else resolve(how === END ? step(true, undefined) : step(false, decode(text)));
    if (next !== undefined) this.#ask();
  }

  #end() {
    let waiting = this.#first;
    this.#first = undefined;
    for (; waiting !== undefined; waiting = waiting.next) waiting.resolve(step(true, undefined));
  }
}

// Without these the guest can make neither, and `await` and `then` take a call's promise for an ordinary one.
for (const made of [CallPromise, CallParts, ToolStream]) delete (/** @type {any} */ (made.prototype).constructor);

learnStreams(ToolStream.prototype);

/** The stream that a call answered with. @param {number} call @param {string} stack where the call was made */
export const newStream = (call, stack) => new ToolStream(call, stack);

/** The answer to a part that was asked for; what nobody waits for is ignored. @param {number} id @param {number} how @param {string} text */
export function deliverPart(id, how, text) {
  const stream = asked[id];
  if (stream === undefined) return;
  delete asked[id];
  ToolStream.settle(stream, how, text);
}

/** @param {boolean} done @param {any} value */
const step = (done, value) => ({ done, value });

/** What makes the parts of a call's answer. @param {Promise<any>} call @param {string} stack */
async function sourceOf(call, stack) {
  const answer = await trusted(call);
  if (ToolStream.is(answer)) return answer;
  if (answer !== null && typeof answer === "object" && typeof answer[iterator] === "function")
    return answer[iterator]();
  const what = answer === null ? "null" : typeof answer;
  const error = new TypeError(`the call's answer cannot be iterated: it is neither a stream nor a list (${what})`);
  define(error, "stack", stack, false);
  throw error;
}
