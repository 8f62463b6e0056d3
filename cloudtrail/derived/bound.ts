/** The derived columns of one row set, bound to the buffers that they read and write. */
import type { AnyColumn } from '../../columnar/nested.js';
import type { StringColumn } from '../../columnar/string-column.js';
import type { CloudTrailColumn } from '../columns/column.js';
import type { Enrichment } from '../enrichment.js';
import { ByteCache } from './byte-cache.js';
import type { Computed, Lookup, LookupColumn } from './derivation.js';

/** The lookup caches of one decoder thread. They outlive its row sets. */
export class LookupCaches {
  private readonly caches = new Map<Lookup<unknown>, ByteCache<unknown> | undefined>();

  constructor(private readonly enrichment: Enrichment = {}) {}

  /** The cache of a lookup; undefined if its database is not configured. */
  cacheOf(lookup: Lookup<unknown>): ByteCache<unknown> | undefined {
    if (!this.caches.has(lookup)) {
      const find = lookup.bind(this.enrichment);
      this.caches.set(lookup, find && new ByteCache(find));
    }
    return this.caches.get(lookup);
  }
}

/** A computation that runs for each row. */
interface Step {
  /** Names of the columns that it reads and writes. */
  readonly reads: readonly string[];
  readonly writes: string[];
  run(row: number): void;
}

class BoundLookup implements Step {
  readonly writes: string[] = [];
  readonly reads: string[];
  private readonly parts: { write: LookupColumn<unknown>['write']; out: AnyColumn; more: AnyColumn[] }[] = [];

  constructor(
    inputName: string,
    private readonly cache: ByteCache<unknown>,
    private readonly absent: unknown,
    private readonly input: StringColumn,
  ) {
    this.reads = [inputName];
  }

  /** Adds a column that is written from the result and the columns `more`, whose names are `moreNames`. */
  add(
    name: string,
    write: LookupColumn<unknown>['write'],
    out: AnyColumn,
    moreNames: readonly string[],
    more: AnyColumn[],
  ): void {
    this.writes.push(name);
    this.reads.push(...moreNames);
    this.parts.push({ write, out, more });
  }

  run(row: number): void {
    const { input, parts } = this;
    const { offsets } = input;
    const result = input.has(row) ? this.cache.get(input.words, offsets[row], offsets[row + 1]) : this.absent;
    if (result !== undefined) for (const { write, out, more } of parts) write(result, out, row, more);
  }
}

class BoundComputation implements Step {
  readonly writes: string[];

  constructor(
    name: string,
    private readonly computed: Computed,
    private readonly inputs: readonly AnyColumn[],
    private readonly out: AnyColumn,
  ) {
    this.writes = [name];
  }

  get reads(): readonly string[] {
    return this.computed.inputs;
  }

  run(row: number): void {
    this.computed.run(this.inputs, this.out, row);
  }
}

/** All derivations of a table, ordered so that inputs are computed before the columns that depend on them. */
export class BoundDerivations {
  private readonly steps: readonly Step[];

  /**
   * Throws if an input is unknown, or if columns are derived from each other.
   * @param bufferOf returns the buffer of a column or hidden input by name
   */
  constructor(
    table: readonly CloudTrailColumn[],
    lookups: LookupCaches,
    bufferOf: (name: string) => AnyColumn | undefined,
  ) {
    const steps: Step[] = [];
    const byLookup = new Map<Lookup<unknown>, BoundLookup>();
    for (const column of table) {
      if (column.kind !== 'derived') continue;
      const needed = (name: string): AnyColumn => {
        const buffer = bufferOf(name);
        if (buffer === undefined) throw new Error(`${column.name}: unknown input ${name}`);
        return buffer;
      };
      const { name, derivation } = column;
      const out = needed(name);
      if ('run' in derivation) {
        steps.push(new BoundComputation(name, derivation, derivation.inputs.map(needed), out));
        continue;
      }
      const { lookup, write, more } = derivation;
      const cache = lookups.cacheOf(lookup);
      if (cache === undefined) continue;
      let bound = byLookup.get(lookup);
      if (bound === undefined) {
        bound = new BoundLookup(lookup.input, cache, lookup.absent, needed(lookup.input) as StringColumn);
        byLookup.set(lookup, bound);
        steps.push(bound);
      }
      bound.add(name, write, out, more, more.map(needed));
    }
    this.steps = inOrder(steps);
  }

  /** Computes all derived columns of the row that was just decoded. */
  run(row: number): void {
    for (const step of this.steps) step.run(row);
  }
}

/** Topological order: each step comes after those that write its inputs. */
function inOrder(steps: readonly Step[]): Step[] {
  const unwritten = new Set(steps.flatMap(({ writes }) => writes));
  const ordered: Step[] = [];
  let waiting = steps;
  while (waiting.length > 0) {
    const ready = waiting.filter(({ reads }) => !reads.some((name) => unwritten.has(name)));
    if (ready.length === 0) throw new Error(`columns derived from each other: ${[...unwritten].join(', ')}`);
    for (const { writes } of ready) for (const name of writes) unwritten.delete(name);
    ordered.push(...ready);
    waiting = waiting.filter((step) => !ready.includes(step));
  }
  return ordered;
}
