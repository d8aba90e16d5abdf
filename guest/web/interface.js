const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;

/** Prototypes of the web's own classes: their instances can't be cloned. @type {Set<object>} */
export const platformPrototypes = new Set();

/**
 * Makes a class look as Web IDL wants it: its name (bundling may have changed it), enumerable members, `toStringTag`.
 * @param {Function} ctor
 * @param {string} name
 */
export function asInterface(ctor, name) {
  platformPrototypes.add(ctor.prototype);
  defineProperty(ctor, "name", { value: name, configurable: true });
  makeEnumerable(ctor, ["prototype", "name", "length"]);
  makeEnumerable(ctor.prototype, ["constructor"]);
  defineProperty(ctor.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/**
 * @param {Function} ctor
 * @param {Record<string, number>} constants defined on the class and on its prototype
 */
export function defineConstants(ctor, constants) {
  for (const name of Object.keys(constants)) {
    const descriptor = { value: constants[name], enumerable: true };
    defineProperty(ctor, name, descriptor);
    defineProperty(ctor.prototype, name, descriptor);
  }
}

/**
 * @param {object} target
 * @param {string[]} except
 */
function makeEnumerable(target, except) {
  for (const name of getOwnPropertyNames(target)) {
    if (except.includes(name)) continue;
    const descriptor = getOwnPropertyDescriptor(target, name);
    if (descriptor?.configurable) defineProperty(target, name, { ...descriptor, enumerable: true });
  }
}
