import {
  checkSnapshotKey,
  newSnapshotKey,
  openSnapshot,
  type Snapshot,
  type SnapshotKey,
  sealSnapshot,
} from "../snapshots/index.ts";

/** The keys of a sandbox's snapshots: those it was given, or one of its own that is made when it is first needed. */
export class Keys {
  private readonly given: readonly SnapshotKey[] | undefined;
  private made: Promise<readonly SnapshotKey[]> | undefined;

  /** Throws UsageError for what is no key. */
  constructor(option: unknown) {
    this.given = option === undefined ? undefined : checkSnapshotKey(option);
  }

  async seal(snapshot: Snapshot): Promise<Uint8Array> {
    const [first] = await this.all();
    return await sealSnapshot(snapshot, first as SnapshotKey);
  }

  /** Throws SnapshotError. */
  async open(bytes: unknown, tenant: string | undefined): Promise<Snapshot> {
    return await openSnapshot(bytes, await this.all(), tenant);
  }

  private all(): Promise<readonly SnapshotKey[]> {
    if (this.given) return Promise.resolve(this.given);
    this.made ??= newSnapshotKey().then((key) => [key]);
    return this.made;
  }
}
