import type { Admission } from "./admission.ts";
import type { IsolationStats } from "./port.ts";
import type { Tenants } from "./tenants.ts";

/** What a runtime has going on, as plain data. Field by field in docs/reference/runtime.md. */
export interface RuntimeStats {
  readonly runs: { readonly running: number; readonly queued: number; readonly parked: number };
  /** Counted since the runtime was made. */
  readonly admitted: number;
  readonly refused: { readonly busy: number; readonly queueTimeout: number };
  readonly threads: { readonly total: number; readonly busy: number; readonly starting: number };
  readonly machines: { readonly busy: number; readonly idle: number };
  readonly memoryBytes: {
    readonly machines: number;
    readonly parked: number;
    readonly tools: number;
    readonly budget: number;
  };
  readonly tenants: Readonly<Record<string, TenantStats>>;
}

/** What one tenant has going on. */
export interface TenantStats {
  readonly running: number;
  readonly queued: number;
  readonly callsInFlight: number;
  /** Counted since the tenant is known: one that has nothing going on for a minute is forgotten. */
  readonly cpuMs: number;
}

/** Reads what the parts of a runtime count. */
export function runtimeStats(
  admission: Admission,
  tenants: Tenants,
  { memoryBytes, pools }: { pools: readonly IsolationStats[]; memoryBytes: number },
): RuntimeStats {
  const { admitted, busy, queued, running, timedOut, toolBytes } = admission;
  const sum = (name: keyof IsolationStats) => pools.reduce((total, pool) => total + pool[name], 0);
  return {
    runs: { running, queued, parked: sum("parkedRuns") },
    admitted,
    refused: { busy, queueTimeout: timedOut },
    threads: { total: sum("threads"), busy: sum("busyThreads"), starting: sum("startingThreads") },
    machines: { busy: sum("busyMachines"), idle: sum("idleMachines") },
    memoryBytes: {
      machines: sum("machineBytes"),
      parked: sum("parkedBytes"),
      tools: toolBytes,
      budget: memoryBytes,
    },
    tenants: Object.fromEntries([...tenants.all()].map((each) => [each.name, tenantStats(each, admission)])),
  };
}

function tenantStats(
  { callsInFlight, cpuMs, name, running }: { callsInFlight: number; cpuMs: number; name: string; running: number },
  admission: Admission,
): TenantStats {
  return { running, queued: admission.queuedOf(name), callsInFlight, cpuMs };
}
