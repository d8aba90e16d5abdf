import { AbortController, AbortSignal } from "./abort.js";
import { crypto } from "./crypto.js";
import { CustomEvent, Event } from "./event.js";
import { EventTarget } from "./event-target.js";
import { setHost } from "./host.js";
import { performance } from "./performance.js";
import { structuredClone } from "./structured-clone.js";
import { TextDecoder } from "./text-decoder.js";
import { TextEncoder } from "./text-encoder.js";
import { URLSearchParams } from "./url/search-params.js";
import { URL } from "./url/url.js";

const WEB = {
  AbortController,
  AbortSignal,
  CustomEvent,
  Event,
  EventTarget,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  crypto,
  performance,
  structuredClone,
};

/**
 * Defines the web's interfaces on globalThis. Runs once, while booting; asks the host for nothing yet.
 * `atob`, `btoa`, `queueMicrotask` and `DOMException` are the engine's.
 * @param {import("./host.js").Host} host
 */
export function installWeb(host) {
  setHost(host);
  for (const name of /** @type {(keyof typeof WEB)[]} */ (Object.keys(WEB))) {
    Object.defineProperty(globalThis, name, {
      value: WEB[name],
      writable: true,
      enumerable: false,
      configurable: true,
    });
  }
}
