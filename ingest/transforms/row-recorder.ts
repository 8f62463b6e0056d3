/** The row that a transform gets in a trial: it passes everything on, and records what the transform reads and sets. */
import type { DecodedRow } from '../../cloudtrail/decoder/row-view.js';
import type { CellValue } from '../../cloudtrail/transform.js';
import { nearest } from '../../text/nearest.js';
import type { SourcePosition } from './positions.js';

/** Names in each list of columns that the table lacks. */
const MAX_MISSING = 20;
/** Maximum characters of a value in the result. */
const VALUE_SHOWN = 1000;

/** A column with another value than before. Values are JSON. */
export interface ChangedColumn {
  name: string;
  before: string;
  after: string;
}

/** A column that the table does not have. */
export interface MissingColumn {
  name: string;
  nearest?: string;
  rows: number;
  /** Where it was set first, if the transform did not catch the error. */
  at?: SourcePosition;
}

/** The row that the transform gets. It records which columns are set. */
export class RowRecorder implements DecodedRow {
  readonly missingSet = new Map<string, MissingColumn>();
  readonly missingGet = new Map<string, MissingColumn>();
  /** The column that the table lacks and that was set last, for this row. */
  missing: MissingColumn | undefined;
  private readonly known: ReadonlySet<string>;
  private view: DecodedRow | undefined;
  private before = new Map<string, string>();

  constructor(columns: readonly string[]) {
    this.known = new Set(columns);
  }

  /** The next row. */
  begin(view: DecodedRow): void {
    this.view = view;
    this.missing = undefined;
    this.before = new Map();
  }

  /** Of the current row. */
  changes(): ChangedColumn[] {
    const all = [...this.before].map(([name, before]) => ({ name, before, after: jsonOf(this.live.get(name)) }));
    return all.filter(({ before, after }) => before !== after);
  }

  get table(): DecodedRow['table'] {
    return this.live.table;
  }

  get(name: string): CellValue {
    if (!this.known.has(name)) this.note(this.missingGet, name);
    return this.live.get(name);
  }

  set(name: string, value: CellValue | Date | undefined): void {
    if (!this.known.has(name)) this.missing = this.note(this.missingSet, name);
    else if (!this.before.has(name)) this.before.set(name, jsonOf(this.live.get(name)));
    this.live.set(name, value);
  }

  get record(): DecodedRow['record'] {
    return this.live.record;
  }

  get recordText(): string {
    return this.live.recordText;
  }

  get recordIndex(): number {
    return this.live.recordIndex;
  }

  private get live(): DecodedRow {
    if (this.view === undefined) throw new TypeError('there is no row');
    return this.view;
  }

  private note(columns: Map<string, MissingColumn>, name: string): MissingColumn | undefined {
    const noted = columns.get(name);
    if (noted !== undefined) {
      noted.rows++;
      return noted;
    }
    // A transform may compute names.
    if (columns.size >= MAX_MISSING) return undefined;
    const meant = nearest(name, [...this.known]);
    const missing = { name, rows: 1, ...(meant === undefined ? {} : { nearest: meant }) };
    columns.set(name, missing);
    return missing;
  }
}

function jsonOf(value: CellValue): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part));
  return text.length <= VALUE_SHOWN ? text : `${text.slice(0, VALUE_SHOWN).toWellFormed()}…`;
}
