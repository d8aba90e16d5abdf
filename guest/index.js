import { aid } from "./aid.js";
import { connect, decodeText, encodeUtf8, readRandom } from "./bridge.js";
import { deliver, emit } from "./calls.js";
import { learnClasses } from "./classes.js";
import { installComments } from "./comments.js";
import { installConsole } from "./console.js";
import { installElements } from "./elements.js";
import { describe } from "./errors.js";
import { dateNow, define } from "./intrinsics.js";
import { begin, drive, fulfilled, furnish, origin, position, rejected, renew, settler, watch } from "./program.js";
import { sessionVariables } from "./session-variables.js";
import { installTimers, startTimer, stopTimer, wake } from "./timers.js";
import { installTools } from "./tools.js";
import { observe, observed } from "./tracking.js";
import { installWeb } from "./web/index.js";
import { lockWorld } from "./world.js";

/**
 * Builds the guest's world, once, before any guest code; gives the host its entry points.
 * @param {Parameters<typeof connect>[0]} bridge
 */
export function boot(bridge) {
  connect(bridge);
  learnClasses();
  installTools();
  installTimers();
  installConsole();
  installComments();
  installElements();
  define(globalThis, "emit", emit, false);
  define(globalThis, "input", undefined);
  installWeb({
    random: readRandom,
    encodeUtf8,
    decodeText,
    now: dateNow,
    origin,
    setTimer: (callback, delayMs) => startTimer("setTimeout", callback, delayMs, [], ""),
    clearTimer: stopTimer,
  });
  lockWorld();
  const session = { renew, settler, sessionVariables };
  const tracking = { observe, observed };
  return {
    ...{ begin, furnish, watch, aid, drive, deliver, wake, fulfilled, rejected, position, describe },
    ...session,
    ...tracking,
  };
}
