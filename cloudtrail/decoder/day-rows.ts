/** The row set of one event day of the default table, with its derived columns bound to the buffers that they read. */
import type { IntColumn, StringColumn } from '../../columnar/columns.js';
import { RowSet } from '../../columnar/row-set.js';
import { type CloudTrailColumn, type DecoderColumn, PEEKED_PATHS } from '../columns.js';
import { type Answers, BoundDerivations } from '../derived/bound.js';
import { bufferNames } from './key-trie.js';

export class DayRows extends RowSet {
  readonly unmapped: StringColumn;
  readonly emptyMembers: StringColumn;
  readonly filePath: StringColumn;
  readonly recordIndex: IntColumn;
  private readonly derivations: BoundDerivations;

  constructor(table: readonly CloudTrailColumn[], day: number, answers: Answers) {
    super(table, day, PEEKED_PATHS.length);
    const byRole = (role: DecoderColumn['role']) =>
      this.columns[table.findIndex((column) => column.kind === 'decoder' && column.role === role)];
    this.unmapped = byRole('unmapped') as StringColumn;
    this.emptyMembers = byRole('empty_members') as StringColumn;
    this.filePath = byRole('file_path') as StringColumn;
    this.recordIndex = byRole('record_index') as IntColumn;
    const names = bufferNames(table);
    this.derivations = new BoundDerivations(table, answers, (name) => this.columns[names.indexOf(name)]);
  }

  /** Computes the derived columns of the row that was just decoded, and counts it. */
  finishRow(): void {
    this.derivations.run(this.rows);
    this.rows++;
  }
}
