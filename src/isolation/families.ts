import { type KeptDelta, type MachineSetup, unkeptDelta } from "../engine/index.ts";

/** So many characters of a text are looked at to tell it from others. */
const SAMPLES = 64;

/**
 * Runs of one program and one tenant. Where they wait their memories are almost the same, so each is kept as what differs
 * from the first one.
 */
export class Family {
  readonly tenant: string | undefined;
  readonly key: number;
  runs = 0;
  private setup: MachineSetup | undefined;
  private first: KeptDelta | undefined;
  private words: Uint8Array | undefined;

  constructor(tenant: string | undefined, key: number) {
    this.tenant = tenant;
    this.key = key;
  }

  /** What the next one is to be packed with; made when a second one is. */
  get base(): Uint8Array | undefined {
    if (this.first) this.words = unkeptDelta(this.first).words;
    this.first = undefined;
    return this.words;
  }

  /** What a run that only goes on is set to: its seed has done its work, so that most runs of a program have the same. */
  goingOn(setup: MachineSetup): MachineSetup {
    this.setup ??= setup;
    return isSame(this.setup, setup) ? this.setup : setup;
  }

  /** One of them is kept. */
  took(kept: KeptDelta): void {
    if (!this.words && "packed" in kept) this.first ??= kept;
  }
}

/** The families of the runs that are open: nothing of a run stays here longer than others of its program are there. */
export class Families {
  private readonly ofTenants = new Map<string | undefined, Map<number, Family>>();

  join(tenant: string | undefined, program: string): Family {
    const families = this.ofTenants.get(tenant) ?? new Map<number, Family>();
    if (families.size === 0) this.ofTenants.set(tenant, families);
    const key = keyOf(program);
    const family = families.get(key) ?? new Family(tenant, key);
    if (family.runs++ === 0) families.set(key, family);
    return family;
  }

  leave({ key, tenant }: Family): void {
    const families = this.ofTenants.get(tenant);
    const family = families?.get(key);
    if (!families || !family || --family.runs > 0) return;
    families.delete(key);
    if (families.size === 0) this.ofTenants.delete(tenant);
  }
}

function isSame(one: MachineSetup, other: MachineSetup): boolean {
  const keys = Object.keys(one) as (keyof MachineSetup)[];
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => key === "seed" || one[key] === other[key]);
}

/** Programs that are taken for the same are only kept in more room; their texts as keys would take more, too. */
function keyOf(program: string): number {
  const step = Math.max(1, Math.floor(program.length / SAMPLES));
  let key = program.length;
  for (let at = 0; at < program.length; at += step) key = (Math.imul(key, 31) + program.charCodeAt(at)) | 0;
  return key;
}
