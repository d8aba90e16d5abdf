import type { Place } from "./pooled-port.ts";

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
