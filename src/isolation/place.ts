import type { Place } from "./pooled-port.ts";

/** All places of a pool. */
export interface Places {
  /** Whether no run of any tenant can be taken in now: then it is not worth asking for each. */
  readonly isFull: boolean;
  /** A run of this tenant waits for a place. */
  present(tenant: string | undefined): void;
  /** A place that can take a run of this tenant in now. Throws Error where there can be none, ever. */
  find(tenant: string | undefined): Place | undefined;
  /** About how many runs can stand there at once. */
  readonly capacity: number;
  /** Machines that stand ready without a run. */
  readonly idleMachines: number;
  readonly threads: { readonly total: number; readonly busy: number; readonly starting: number };
  /** Drops what stands ready. */
  close(): void;
}
