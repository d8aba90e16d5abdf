import { describe, expect, it } from "vitest";
import { expectSame, expectSameForAll, machine } from "./both.ts";
import { WebMachine } from "./web-machine.ts";

describe("Event and EventTarget", () => {
  it("have the members of the web", () =>
    expectSame(`
      const event = new Event("x", { bubbles: true, cancelable: true, composed: 1 });
      const read = ["type", "bubbles", "cancelable", "composed", "target", "currentTarget", "srcElement", "eventPhase",
        "defaultPrevented", "returnValue", "cancelBubble", "isTrusted"];
      const custom = new CustomEvent("y", { detail: { a: 1 } });
      return [read.map((name) => event[name]), String(event), String(custom), custom.detail, new CustomEvent("z").detail,
        custom instanceof Event, Event.AT_TARGET, String(new EventTarget()), event.composedPath()]`));

  it("calls listeners in order, each once, with the target as this", () =>
    expectSame(`
      const target = new EventTarget();
      const seen = [];
      const twice = function (event) { seen.push("twice", this === target, event.target === target, event.eventPhase) };
      target.addEventListener("x", twice);
      target.addEventListener("x", twice);
      target.addEventListener("x", { handleEvent(event) { seen.push("object", event.type, this !== target) } });
      target.addEventListener("x", () => seen.push("once"), { once: true });
      target.addEventListener("y", () => seen.push("other"));
      target.addEventListener("x", null);
      const event = new Event("x");
      seen.push(target.dispatchEvent(event), target.dispatchEvent(event), event.eventPhase, event.currentTarget);
      target.removeEventListener("x", twice);
      target.dispatchEvent(new Event("x"));
      return seen`));

  it("stops, prevents and tells apart passive listeners", async () => {
    const guest = await machine();
    expect(
      guest.run(`
      const seen = [];
      const target = new EventTarget();
      target.addEventListener("a", (event) => { seen.push(1); event.stopImmediatePropagation() });
      target.addEventListener("a", () => seen.push("never"));
      target.addEventListener("b", (event) => event.preventDefault());
      target.addEventListener("c", (event) => event.preventDefault(), { passive: true });
      target.dispatchEvent(new Event("a"));
      for (const [type, cancelable] of [["b", true], ["b", false], ["c", true]]) {
        const event = new Event(type, { cancelable });
        seen.push(target.dispatchEvent(event), event.defaultPrevented);
      }
      return seen`),
    ).toEqual([1, false, true, true, false, true, false]);
  });

  it("sees what listeners add and remove while dispatching", () =>
    expectSame(`
      const seen = [];
      const target = new EventTarget();
      const second = () => seen.push("second");
      target.addEventListener("x", () => {
        seen.push("first");
        target.removeEventListener("x", second);
        target.addEventListener("x", () => seen.push("late"));
      }, { once: true });
      target.addEventListener("x", second);
      target.dispatchEvent(new Event("x"));
      target.dispatchEvent(new Event("x"));
      return seen`));

  it("removes a listener when its signal is aborted", () =>
    expectSame(`
      const seen = [];
      const target = new EventTarget();
      const controller = new AbortController();
      target.addEventListener("x", () => seen.push("x"), { signal: controller.signal });
      target.dispatchEvent(new Event("x"));
      controller.abort();
      target.dispatchEvent(new Event("x"));
      target.addEventListener("x", () => seen.push("never"), { signal: controller.signal });
      target.dispatchEvent(new Event("x"));
      return seen`));

  it("can't dispatch an event within itself, nor anything else", async () => {
    const guest = await machine();
    expect(
      guest.run(`
      const seen = [];
      const target = new EventTarget();
      target.addEventListener("x", (event) => {
        try { target.dispatchEvent(event) } catch (error) { seen.push(error.name) }
      });
      target.dispatchEvent(new Event("x"));
      try { target.dispatchEvent({ type: "x" }) } catch (error) { seen.push(error.name) }
      return seen`),
    ).toEqual(["InvalidStateError", "TypeError"]);
  });

  it("goes on when a listener throws, and reports it as a rejection", async () => {
    const guest = await machine();
    expect(
      guest.run(`
        const seen = [];
        const target = new EventTarget();
        target.addEventListener("x", () => { throw new Error("listener") });
        target.addEventListener("x", () => seen.push("second"));
        return [target.dispatchEvent(new Event("x")), seen]`),
    ).toEqual([true, ["second"]]);
  });

  it("serves as a base class", () =>
    expectSame(`
      class Emitter extends EventTarget { emit(type, detail) { return this.dispatchEvent(new CustomEvent(type, { detail })) } }
      const seen = [];
      const emitter = new Emitter();
      emitter.addEventListener("x", (event) => seen.push(event.detail));
      emitter.emit("x", 5);
      return seen`));
});

describe("AbortController and AbortSignal", () => {
  it("abort once, with a reason", () =>
    expectSame(`
      const controller = new AbortController();
      const { signal } = controller;
      const seen = [signal.aborted, signal.reason === undefined, signal === controller.signal];
      signal.onabort = (event) => seen.push("handler", event.type, event.isTrusted, event.target === signal);
      signal.addEventListener("abort", () => seen.push("listener"));
      signal.throwIfAborted();
      controller.abort();
      controller.abort("again");
      seen.push(signal.aborted, signal.reason.name, signal.reason instanceof DOMException, signal.reason.code);
      try { signal.throwIfAborted() } catch (error) { seen.push(error === signal.reason) }
      const other = new AbortController();
      other.abort(0);
      seen.push(other.signal.reason, AbortSignal.abort().reason.name, AbortSignal.abort(null).reason, String(signal));
      return seen`));

  it("replace and remove the onabort handler", () =>
    expectSame(`
      const seen = [];
      const controller = new AbortController();
      controller.signal.onabort = () => seen.push("replaced");
      controller.signal.addEventListener("abort", () => seen.push("listener"));
      controller.signal.onabort = () => seen.push("handler");
      const silent = new AbortController();
      silent.signal.onabort = () => seen.push("never");
      silent.signal.onabort = null;
      controller.abort();
      silent.abort();
      return [seen, silent.signal.onabort]`));

  it("can't be constructed or faked", () =>
    expectSameForAll(
      ["new AbortSignal()", "AbortSignal.prototype.aborted", "AbortSignal.any([{}])", "AbortSignal.any()"],
      "return Function('return ' + input)()",
    ));

  it("follow any of several signals", async () => {
    const guest = await machine();
    expect(
      guest.run(`
      const seen = [];
      const [a, b] = [new AbortController(), new AbortController()];
      const any = AbortSignal.any([a.signal, b.signal]);
      const nested = AbortSignal.any([any]);
      any.addEventListener("abort", () => seen.push("any", nested.aborted));
      nested.addEventListener("abort", () => seen.push("nested"));
      a.signal.addEventListener("abort", () => seen.push("a", any.aborted));
      seen.push(any.aborted, AbortSignal.any([]).aborted);
      a.abort("why");
      b.abort("late");
      seen.push(any.reason, nested.reason, AbortSignal.any([b.signal, a.signal]).reason);
      return seen`),
    ).toEqual([false, false, "a", true, "any", true, "nested", "why", "why", "late"]);
  });

  it("time out by the run's clock", async () => {
    const guest = await WebMachine.create();
    guest.evaluate(`globalThis.signal = AbortSignal.timeout(50); globalThis.events = 0;
      signal.addEventListener("abort", () => events++); 0`);
    guest.advance(49);
    expect(guest.evaluate("signal.aborted")).toBe(false);
    guest.advance(1);
    expect(guest.evaluate("[signal.aborted, signal.reason.name, signal.reason.code, events].join()")).toBe(
      "true,TimeoutError,23,1",
    );
    for (const wrong of ["-1", "NaN", "'x'", ""]) {
      expect(guest.run(`AbortSignal.timeout(${wrong})`)).toEqual({ threw: "TypeError" });
    }
  });

  it("reject what waits for them, the way programs do it", () =>
    expectSame(`
      const controller = new AbortController();
      const waiting = new Promise((resolve, reject) => {
        controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
      });
      controller.abort(new Error("enough"));
      return waiting.catch((error) => error.message)`));
});
