// What QuickJS-ng 0.17 has beyond the ECMAScript library of TypeScript.

interface DOMException extends Error {
  readonly code: number;
}

declare const DOMException: {
  new (message?: string, name?: string): DOMException;
  readonly prototype: DOMException;
};

interface ErrorConstructor {
  isError(value: unknown): value is Error;
}
