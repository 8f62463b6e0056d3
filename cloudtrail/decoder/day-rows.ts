/** The row set of one event day of the default table, with its derived columns bound to the buffers that they read. */
import type { AnyColumn, IntColumn, StringColumn } from '../../columnar/columns.js';
import { RowSet } from '../../columnar/row-set.js';
import { type CloudTrailColumn, type DecoderColumn, PEEKED_PATHS } from '../columns.js';
import type { Derivation } from '../derived.js';
import { bufferNames } from './key-trie.js';

interface BoundDerivation {
  run: Derivation['run'];
  inputs: AnyColumn[];
  out: AnyColumn;
}

export class DayRows extends RowSet {
  readonly unmapped: StringColumn;
  readonly emptyMembers: StringColumn;
  readonly filePath: StringColumn;
  readonly recordIndex: IntColumn;
  private readonly derivations: BoundDerivation[];

  constructor(table: readonly CloudTrailColumn[], day: number) {
    super(table, day, PEEKED_PATHS.length);
    const byRole = (role: DecoderColumn['role']) =>
      this.columns[table.findIndex((column) => column.kind === 'decoder' && column.role === role)];
    this.unmapped = byRole('unmapped') as StringColumn;
    this.emptyMembers = byRole('empty_members') as StringColumn;
    this.filePath = byRole('file_path') as StringColumn;
    this.recordIndex = byRole('record_index') as IntColumn;
    const names = bufferNames(table);
    this.derivations = table.flatMap((column, index) => {
      if (column.kind !== 'derived') return [];
      const inputs = column.derivation.inputs.map((name) => this.columns[names.indexOf(name)]);
      if (inputs.includes(undefined as unknown as AnyColumn)) throw new Error(`${column.name}: unknown input`);
      return [{ run: column.derivation.run, inputs, out: this.columns[index] }];
    });
  }

  /** Computes the derived columns of the row that was just decoded, and counts it. */
  finishRow(): void {
    const row = this.rows;
    for (const derivation of this.derivations) derivation.run(derivation.inputs, derivation.out, row);
    this.rows = row + 1;
  }
}
