import type { Emission, HostObjectShape } from "../engine/index.ts";
import { type HostObject, hostObjectState, writeProblem } from "../tools/index.ts";
import { decode, encode, Omitted } from "../values/index.ts";
import { isPromise } from "./chain.ts";
import { lazily } from "./lazy.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import type { Mutation } from "./types.ts";

type SetEmission = Extract<Emission, { type: "set" }>;

/** A write as it is kept: the texts of its values, until they are let go. */
interface Write {
  readonly object: string;
  readonly property: string;
  readonly texts?: { readonly before: string; readonly after: string };
}

/** The host objects of a run as they are kept in a snapshot. */
export interface SavedObjects {
  readonly shapes: readonly HostObjectShape[];
  /** By path: the texts of its values by name. */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly writes: readonly Write[];
}

/** What the run does for its host objects. */
export interface ObjectsOwner {
  readonly runId: string;
  /** For what the values of the writes that are kept may take: `recordBytes`. */
  readonly settings: { readonly limits: Readonly<Limits> };
  written(mutation: Mutation, bytes: number): void;
  /** `onWrite` failed, for a write that was made there. */
  writeFailed(thrown: unknown, stack: string): void;
}

/**
 * The host objects of a run, which are by path. A fresh run takes their values of this moment, and does not see what other
 * runs write later; one that goes on has its own, and tells the handles that are still there.
 */
export function hostObjects(
  objects: ReadonlyMap<string, HostObject>,
  saved: SavedObjects | undefined,
  owner: ObjectsOwner,
): HostObjects {
  return objects.size > 0 || saved ? new HostObjects(objects, saved, owner) : NONE;
}

/** The host objects of one run: its own view of their values, and what it wrote to them. */
export class HostObjects {
  readonly shapes: readonly HostObjectShape[];
  /** How many writes lost their values. */
  omitted = 0;
  private readonly handles: ReadonlyMap<string, HostObject>;
  private readonly owner: ObjectsOwner;
  private readonly values: ReadonlyMap<string, Map<string, string>>;
  private readonly writes: Write[] = [];
  private keptBytes = 0;

  constructor(objects: ReadonlyMap<string, HostObject>, saved: SavedObjects | undefined, owner: ObjectsOwner) {
    this.handles = objects;
    this.owner = owner;
    this.shapes =
      saved?.shapes ?? [...objects].map(([path, object]) => ({ path, properties: hostObjectState(object).properties }));
    this.values = new Map(
      saved
        ? Object.entries(saved.values).map(([path, values]) => [path, new Map(Object.entries(values))])
        : [...objects].map(([path, object]) => [path, new Map(hostObjectState(object).texts)]),
    );
    for (const write of saved?.writes ?? []) this.keep(write);
  }

  get count(): number {
    return this.shapes.length;
  }

  /** How often the program wrote. */
  get written(): number {
    return this.writes.length;
  }

  /** What the guest builds the objects from, as text. */
  text(): string {
    return encode(
      this.shapes.map(({ path, properties }) => ({
        path,
        values: Object.fromEntries([...(this.values.get(path) ?? [])].map(([name, text]) => [name, decode(text)])),
        writable: Object.keys(properties).filter((name) => properties[name]?.writable),
      })),
    );
  }

  /**
   * Takes a write that a machine let out. It was checked there, and is checked again: authority is here. The value that is
   * there already is no write. Throws for what no sound machine lets out.
   */
  take({ object, property, stack, value: after }: SetEmission): void {
    const shape = this.shapes.find(({ path }) => path === object);
    const values = this.values.get(object);
    const problem = shape ? writeProblem(shape, property, after) : "there is no such object";
    if (!shape || !values || problem !== undefined) throw new Error(`a write to an object of the host: ${problem}`);
    const before = values.get(property) ?? encode(undefined);
    if (before === after) return;
    values.set(property, after);
    const write = { object: shape.path, property, texts: { before, after } };
    this.keep(write);
    this.owner.written(mutationOf(write), before.length + after.length);
    this.tell(write, after, stack);
  }

  /** All writes in order; values that were not kept are marked. */
  mutations(): Mutation[] {
    return this.writes.map(mutationOf);
  }

  save(): SavedObjects {
    const { shapes, writes } = this;
    const values = [...this.values].map(([path, own]) => [path, Object.fromEntries(own)] as const);
    return { shapes, values: Object.fromEntries(values), writes: [...writes] };
  }

  private tell(write: Write, text: string, stack: string): void {
    const handle = this.handles.get(write.object);
    if (!handle) return;
    const { onWrite, texts } = hostObjectState(handle);
    texts.set(write.property, text);
    const failed = (thrown: unknown) => this.owner.writeFailed(thrown, stack);
    try {
      const answer: unknown = onWrite?.(Object.assign(mutationOf(write), { runId: this.owner.runId }));
      // Who answers later is not waited for, but what is thrown then must not be lost.
      if (isPromise(answer)) Promise.resolve(answer).catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  /** Holds the values within their limit: the oldest writes lose theirs first. */
  private keep(write: Write): void {
    this.writes.push(write);
    if (!write.texts) this.omitted = this.writes.length;
    this.keptBytes += sizeOf(write);
    while (this.keptBytes > this.owner.settings.limits.recordBytes && this.omitted < this.writes.length) {
      const { object, property, texts } = this.writes[this.omitted] ?? write;
      this.keptBytes -= sizeOf({ object, property, ...(texts && { texts }) });
      this.writes[this.omitted++] = { object, property };
    }
  }
}

/** Of all runs that have none: nothing can be written there, so nobody is ever told. */
const NONE = new HostObjects(new Map(), undefined, {
  runId: "",
  settings: { limits: DEFAULT_LIMITS },
  written: () => undefined,
  writeFailed: () => undefined,
});

const sizeOf = ({ texts }: Write): number => (texts ? texts.before.length + texts.after.length : 0);

function mutationOf({ object, property, texts }: Write): Mutation {
  const omitted = new Omitted("the value was not kept");
  const mutation = { object, property, before: omitted, after: omitted };
  if (!texts) return mutation;
  return lazily(
    lazily(mutation, "before", () => decode(texts.before)),
    "after",
    () => decode(texts.after),
  );
}
