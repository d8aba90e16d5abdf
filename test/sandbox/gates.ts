/** A promise that its maker settles. */
export function gate<T = void>(): { open: (value: T) => void; passed: Promise<T> } {
  let open: (value: T) => void = () => undefined;
  const passed = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { open: (value: T) => open(value), passed };
}
