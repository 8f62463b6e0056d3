/** The row set of one event day of a table, with its derived columns bound to their input buffers. */
import type { IntColumn, LongColumn } from '../../columnar/columns.js';
import type { AnyColumn } from '../../columnar/nested.js';
import { RowSet } from '../../columnar/row-set.js';
import type { StringColumn } from '../../columnar/string-column.js';
import type { Text } from '../../columnar/words.js';
import type { ColumnType } from '../../iceberg/types.js';
import type { CloudTrailColumn, DecoderRole, DefaultValue } from '../columns/column.js';
import { BoundDerivations, type LookupCaches } from '../derived/bound.js';
import { bufferNames, hiddenInputsOf, hiddenInputType } from './key-trie.js';
import { writeValue } from './row-values.js';

/** Metadata of a file, by the role of its column: text, or microseconds since the epoch. */
export type FileValues = Partial<Record<DecoderRole, Text | number>>;

/** The rows of one file, in a list in row order: they begin where those of the previous entry end. */
export interface FileRows {
  /** Number of the file, assigned by the decoder's caller. */
  file: number;
  /** Index after its last row. */
  end: number;
}

/** The row set of one event day. A row is decoded into its columns, then completed, then counted by incrementing `rows`. */
export class DayRows extends RowSet {
  readonly original: StringColumn;
  readonly unmapped: StringColumn;
  readonly emptyMembers: StringColumn;
  /** The range of rows of each file that has rows. */
  readonly fileRows: FileRows[] = [];
  private readonly recordIndex: IntColumn;
  private readonly ofFile: { role: DecoderRole; column: AnyColumn }[] = [];
  private readonly derivations: BoundDerivations;
  private readonly defaults: { column: AnyColumn; type: ColumnType; value: DefaultValue }[];

  constructor(table: readonly CloudTrailColumn[], day: number, lookups: LookupCaches) {
    super(table, day, hiddenInputsOf(table).map(hiddenInputType));
    const byRole = (role: DecoderRole) =>
      this.columns[table.findIndex((column) => column.kind === 'decoder' && column.role === role)];
    this.original = byRole('original') as StringColumn;
    this.unmapped = byRole('unmapped') as StringColumn;
    this.emptyMembers = byRole('empty_members') as StringColumn;
    this.recordIndex = byRole('record_index') as IntColumn;
    const ofRecord: DecoderRole[] = ['original', 'unmapped', 'empty_members', 'record_index'];
    table.forEach((column, index) => {
      if (column.kind !== 'decoder' || ofRecord.includes(column.role)) return;
      this.ofFile.push({ role: column.role, column: this.columns[index] });
    });
    this.defaults = table.flatMap((column, index) => {
      if ((column.kind !== 'direct' && column.kind !== 'free') || column.default === undefined) return [];
      return [{ column: this.columns[index], type: column.type, value: column.default }];
    });
    const names = bufferNames(table);
    this.derivations = new BoundDerivations(table, lookups, (name) => this.columns[names.indexOf(name)]);
  }

  /** Completes the row that was just decoded; it counts once `rows` is incremented. */
  complete(recordIndex: number, file: FileValues): void {
    const row = this.rows;
    this.recordIndex.append(recordIndex, row);
    for (const { role, column } of this.ofFile) {
      const value = file[role];
      if (typeof value === 'number') (column as LongColumn).append(value, row);
      else if (value !== undefined) (column as StringColumn).appendWords(value.words, 0, value.length, row);
    }
    this.derivations.run(row);
    for (const { column, type, value } of this.defaults) if (!column.has(row)) writeValue(column, type, value, row);
  }

  /** The index of the row's record in its file; valid once the row is complete. */
  recordIndexOf(row: number): number {
    return this.recordIndex.values[row];
  }

  /** Assigns the rows added since the last call to `file`. */
  endFile(file: number): void {
    if (this.rows > (this.fileRows.at(-1)?.end ?? 0)) this.fileRows.push({ file, end: this.rows });
  }
}
