import { elapsed, host } from "./host.js";
import { asInterface } from "./interface.js";

/** `performance` in integer milliseconds of the run's clock. */
class Performance {
  now() {
    return elapsed();
  }

  get timeOrigin() {
    return host.origin();
  }

  toJSON() {
    return { timeOrigin: host.origin() };
  }
}

asInterface(Performance, "Performance");

/** The one instance. */
export const performance = new Performance();
