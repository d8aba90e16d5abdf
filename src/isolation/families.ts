import { type KeptDelta, keptBytes, type MachineSetup, unkeptDelta } from "../engine/index.ts";

/** So many characters of a text are looked at to tell it from others. */
const SAMPLES = 64;

/** Runs of one program and one tenant. */
export interface Family {
  readonly tenant: string | undefined;
  readonly key: number;
  runs: number;
  /** What runs that only go on are set to: see `goingOn`. */
  setup: MachineSetup | undefined;
  /** The first of them that was kept, until its words are needed. */
  first: KeptDelta | undefined;
  base: Uint8Array | undefined;
}

/**
 * The families of the runs that are open. Where runs of one program wait their memories are almost the same, so each is kept
 * as what differs from the first one. Nothing of a run stays here longer than others of its program are there.
 */
export class Families {
  /** What all of this takes. */
  bytes = 0;
  private readonly ofTenants = new Map<string | undefined, Map<number, Family>>();

  join(tenant: string | undefined, program: string): Family {
    const families = this.ofTenants.get(tenant) ?? new Map<number, Family>();
    if (families.size === 0) this.ofTenants.set(tenant, families);
    const key = keyOf(program);
    const family = families.get(key) ?? { tenant, key, runs: 0, setup: undefined, first: undefined, base: undefined };
    if (family.runs++ === 0) families.set(key, family);
    return family;
  }

  leave(family: Family): void {
    const { key, tenant } = family;
    if (--family.runs > 0) return;
    this.bytes -= bytesOf(family);
    const families = this.ofTenants.get(tenant);
    families?.delete(key);
    if (families?.size === 0) this.ofTenants.delete(tenant);
  }

  /** The words that the next one is to be packed with; made when a second one is. */
  baseOf(family: Family): Uint8Array | undefined {
    const { first } = family;
    if (!first) return family.base;
    this.bytes -= bytesOf(family);
    family.first = undefined;
    family.base = unkeptDelta(first).words;
    this.bytes += bytesOf(family);
    return family.base;
  }

  /** A run is kept. */
  kept(family: Family, delta: KeptDelta): void {
    if (family.first || family.base || !("packed" in delta)) return;
    family.first = delta;
    this.bytes += bytesOf(family);
  }
}

/** What a run that only goes on is set to: its seed has done its work, so most runs of a program can have the same. */
export function goingOn(family: Family, setup: MachineSetup): MachineSetup {
  family.setup ??= setup;
  return isSame(family.setup, setup) ? family.setup : setup;
}

function isSame(one: MachineSetup, other: MachineSetup): boolean {
  const keys = Object.keys(one) as (keyof MachineSetup)[];
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => key === "seed" || one[key] === other[key]);
}

const bytesOf = ({ base, first }: Family): number => (base?.length ?? 0) + (first ? keptBytes(first) : 0);

/** Programs that are taken for the same are only kept in more room; their texts as keys would take more, too. */
function keyOf(program: string): number {
  const step = Math.max(1, Math.floor(program.length / SAMPLES));
  let key = program.length;
  for (let at = 0; at < program.length; at += step) key = (Math.imul(key, 31) + program.charCodeAt(at)) | 0;
  return key;
}
