import { aid } from "./aid.js";
import { define, isArray, objectCreate, objectPrototype } from "./intrinsics.js";

/**
 * What a JSX element becomes: plain data. Lists among the children are laid flat; null, undefined and booleans say nothing.
 * @param {string} type @param {any} props @param {unknown[]} children
 */
function element(type, props, ...children) {
  const made = objectCreate(objectPrototype);
  define(made, "type", type);
  define(made, "props", props ?? objectCreate(objectPrototype));
  define(made, "children", flat(children, []));
  return made;
}

/** @param {any} parts @param {any[]} into */
function flat(parts, into) {
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (isArray(part)) flat(part, into);
    else if (part !== null && part !== undefined && typeof part !== "boolean") define(into, into.length, part);
  }
  return into;
}

/** Gives prepared programs what their JSX is made with. */
export function installElements() {
  aid.element = element;
  aid.Fragment = "Fragment";
}
