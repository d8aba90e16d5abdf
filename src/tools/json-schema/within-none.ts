/** Where nothing can end work that never waits, it takes as long as it takes: see docs/limitations/threads.md. */
export function within<T>(_ms: number, work: () => T): T {
  return work();
}
