import { define, defineProperty, record, TypeError } from "./intrinsics.js";

/**
 * The variables of a session by name. Its programs stand in it by `with`; it is never the `this` of a call, so that guest
 * code has no hold of it but by a `with` of its own, and then spoils only its own session.
 */
export const scope = record();
/** What reads each constant. */
const getters = record();

/**
 * Makes room for what a program declares. What has a value keeps it until the program comes to its declaration; a
 * constant may be set again from here on.
 * @param {string[]} names @param {any[]} functions names of functions, each with its function after it
 */
export function enter(names, functions) {
  for (let i = 0; i < names.length; i++) {
    define(scope, names[i], scope[names[i]]);
    delete getters[names[i]];
  }
  for (let i = 0; i < functions.length; i += 2) {
    const descriptor = record();
    descriptor.value = functions[i];
    defineProperty(functions[i + 1], "name", descriptor);
    define(scope, functions[i], functions[i + 1]);
  }
}

/** Makes constants of variables that have their value. @param {string[]} names */
export function fix(...names) {
  for (let i = 0; i < names.length; i++) fixOne(names[i], scope[names[i]]);
}

/** Whether reading a constant runs nothing of the guest's. @param {string} name @param {unknown} getter */
export const isOwnGetter = (name, getter) => getters[name] === getter;

/** In sloppy code an assignment to a read-only property would be lost without a word. @param {string} name @param {unknown} value */
function fixOne(name, value) {
  const descriptor = record();
  getters[name] = () => value;
  descriptor.get = getters[name];
  descriptor.set = () => {
    throw new TypeError(`'${name}' is read-only`);
  };
  descriptor.enumerable = true;
  descriptor.configurable = true;
  defineProperty(scope, name, descriptor);
}
