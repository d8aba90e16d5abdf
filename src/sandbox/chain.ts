/**
 * `next` of a value, at once where the value is there at once: each promise in between would cost a turn. The `then` of
 * what only looks like a promise may return nothing; a promise itself passes through `resolve` unchanged.
 */
export function chain<A, B>(value: A | Promise<A>, next: (value: A) => B | Promise<B>): B | Promise<B> {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value);
}

/** Whether a value is a promise, or something that says it is one. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value !== null && typeof value === "object" && typeof (value as { then?: unknown }).then === "function";
}
