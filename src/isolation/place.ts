import type { PooledPort } from "./pooled-port.ts";

/** Where machines stand: one thread. What stands here is answered by `port.replied`, in order. */
export interface Place {
  /** Lets a run stand here; it gets a machine. */
  admit(port: PooledPort): void;
  /** A run that stands here has commands to be taken. */
  ready(port: PooledPort): void;
  /** A run leaves; its machine is free. */
  leave(port: PooledPort): void;
  /** A run that was moved from here has been taken over: its old memory is not read any more. */
  release(port: PooledPort): void;
}

/** All places of a pool. */
export interface Places {
  /** A place that can take a run of this tenant in now. */
  find(tenant: string | undefined): Place | undefined;
  /** About how many runs can stand there at once. */
  readonly capacity: number;
  /** Machines that stand ready without a run. */
  readonly idleMachines: number;
  readonly threads: { readonly total: number; readonly busy: number; readonly starting: number };
  /** Drops what stands ready. */
  close(): void;
}
