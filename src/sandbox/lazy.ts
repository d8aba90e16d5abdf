/**
 * Gives an object a property that is made when somebody looks at it, and is an ordinary one from then on. Decoding what
 * nobody reads would keep the host from its own work, and take memory.
 */
export function lazily<T extends object>(object: T, key: string, make: () => unknown): T {
  const settle = (value: unknown) => {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  };
  return Object.defineProperty(object, key, {
    enumerable: true,
    configurable: true,
    get() {
      const value = make();
      settle(value);
      return value;
    },
    set: settle,
  });
}
