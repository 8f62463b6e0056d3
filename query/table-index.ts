/**
 * The index of a table's values, as far as a query uses it: of the files that bounds leave, those that cannot have a text which a
 * condition asks for with `=` or `IN` are left out. Without an index, or where it cannot tell, nothing is.
 */
import { TrailmillError } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { type Condition, type InCondition, isSatisfied } from '../iceberg/condition.js';
import { leafFields } from '../iceberg/schema.js';
import type { ObjectStore } from '../storage/object-store.js';
import { isSearched } from '../value-index/columns.js';
import { canTell, ValueIndex } from '../value-index/lookup.js';

/** Fewer files are opened sooner than the index answers: it takes a listing, and two requests for each segment, in turn. */
const LEAST_FILES = 8;
/** For more segments, the index would take more requests than the files: four or more each. */
const SEGMENTS_A_FILE = 2;
/** More texts in one `IN` are not looked up: hardly a file has none of them. */
const MOST_TEXTS = 100;

/** What the index has done for the SQL that ran last. */
export interface IndexUse {
  /** Requests to the store. */
  requests: number;
  /** Data files that it has left out. */
  leftOut: number;
  /** Parts of the index that are not used, and why. */
  problems: readonly string[];
}

/** A file, and what must be known further of it: see `remainderOf`. */
interface OpenFile {
  path: string;
  remainder: Condition | boolean;
}

/** The index of one table, for any number of queries. */
export class TableIndex {
  private used: IndexUse = NOTHING;
  private index: ValueIndex | undefined;
  private readonly told = new WeakMap<InCondition, boolean>();
  private readonly searched: ReadonlySet<number>;

  constructor(
    private readonly warehouse: ObjectStore,
    private readonly table: Pick<LoadedTable, 'metadata'>,
  ) {
    this.searched = searchedIds(table);
  }

  /** What was done by the last {@link filter}. */
  get use(): IndexUse {
    return this.used;
  }

  /** Whether the index knows which files have one of these texts. Reads nothing. */
  readonly isOpen = (condition: InCondition): boolean => {
    const known = this.told.get(condition);
    if (known !== undefined) return known;
    const { column, values } = condition;
    const can =
      this.searched.has(column.id) &&
      values.length <= MOST_TEXTS &&
      values.every((value) => Buffer.isBuffer(value) && canTell(value));
    this.told.set(condition, can);
    return can;
  };

  /** Returns the files that can satisfy their remainders, in the same order. */
  async filter<F extends OpenFile>(files: readonly F[], signal?: AbortSignal): Promise<readonly F[]> {
    this.used = NOTHING;
    const leaves = new Set<InCondition>();
    let asked = 0;
    for (const { remainder } of files) {
      if (typeof remainder === 'boolean') continue;
      asked++;
      addLeaves(remainder, leaves);
    }
    if (asked < LEAST_FILES) return files;
    const before = this.index?.requests ?? 0;
    try {
      const uuid = this.table.metadata['table-uuid'];
      const index = this.index ?? (await ValueIndex.open(this.warehouse, uuid, signal, asked * SEGMENTS_A_FILE));
      // Kept for the next query. What is merged meanwhile is gone, and its files are read.
      if (!index.isTooLarge) this.index = index;
      const conditions = [...leaves];
      const mayHave = await index.withTexts(conditions.map(({ values }) => values as Buffer[]));
      const numbers = new Map(conditions.map((one, number) => [one, number]));
      const kept = files.filter(({ path, remainder }) =>
        isSatisfied(remainder, (one) => mayHave(path, numbers.get(one) as number)),
      );
      const { requests, problems } = index;
      this.used = { requests: requests - before, leftOut: files.length - kept.length, problems: [...problems] };
      return kept;
    } catch (error) {
      // Who may read the tables need not be allowed to read the work area.
      if (signal?.aborted || !(error instanceof TrailmillError)) throw error;
      this.index = undefined;
      this.used = { ...NOTHING, problems: [error.message] };
      return files;
    }
  }
}

const NOTHING: IndexUse = { requests: 0, leftOut: 0, problems: [] };

function addLeaves(condition: Condition, leaves: Set<InCondition>): void {
  if (condition.kind === 'in') leaves.add(condition);
  else if (condition.kind === 'and' || condition.kind === 'or') for (const one of condition.of) addLeaves(one, leaves);
}

/**
 * The ids of the columns of texts that the index has. A column that has been renamed is indexed under the name that it had when a
 * file was written, so it must have been searched under all of its names.
 */
function searchedIds({ metadata }: Pick<LoadedTable, 'metadata'>): ReadonlySet<number> {
  const searched = new Set<number>();
  const others = new Set<number>();
  for (const schema of metadata.schemas)
    for (const { id, type, path, insideList } of leafFields(schema)) {
      const isIndexed = type === 'string' && !insideList && isSearched(path);
      (isIndexed ? searched : others).add(id);
    }
  for (const id of others) searched.delete(id);
  return searched;
}
