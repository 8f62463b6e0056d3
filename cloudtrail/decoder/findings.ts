/** What a file contains besides its records: for the notes in the ledger, or for the message when the file is rejected. */
import { UnreadableFile } from '../../errors/index.js';
import { counted } from '../../text/numbers.js';
import { describeJson } from './describe.js';
import { textStart } from './envelope.js';
import { looksLike } from './looks-like.js';
import type { JsonScanner } from './scanner.js';

/** Maximum number of names in a note, and characters of each. */
const MAX_NAMES = 8;
const MAX_NAME_LENGTH = 40;

/** Counts what was found in one file, and creates the notes and the error. */
export class FileFindings {
  /** Records, and CloudTrail documents that may contain records. If there are none, the file is rejected. */
  recognized = 0;
  /** Why the file is rejected in that case, in one sentence; `undefined` if there is no specific reason. */
  refusalReason: string | undefined;
  /** Objects of other programs that contain no record. */
  foreignObjects = 0;
  /** Documents `{"Records":[…]}`. */
  recordsDocuments = 0;
  private readonly wrapped = new Map<string, number>();
  private readonly otherMembers = new Set<string>();

  /** Counts rows whose records were inside `what`. */
  addWrapped(what: string, rows: number): void {
    if (rows > 0) this.wrapped.set(what, (this.wrapped.get(what) ?? 0) + rows);
  }

  /** Notes the members of a document other than "Records". */
  addOtherMembers(names: readonly string[]): void {
    for (const name of names) if (this.otherMembers.size < 1000) this.otherMembers.add(name);
  }

  /** The notes for the ledger; each begins with a code of NOTE_CODES. */
  notes(): string[] {
    const notes: string[] = [];
    if (this.recordsDocuments > 1)
      notes.push(
        `several_documents: ${this.recordsDocuments} documents with "Records", one after the other; CloudTrail writes one.`,
      );
    if (this.wrapped.size > 0) {
      const parts = Array.from(this.wrapped, ([what, rows]) => `${counted(rows, 'record')} in ${what}`);
      notes.push(`wrapped: ${parts.join(', ')}.`);
    }
    const others = this.otherMembers.size;
    if (others > 0) {
      const names = Array.from(this.otherMembers)
        .slice(0, MAX_NAMES)
        .map((name) => JSON.stringify(name.slice(0, MAX_NAME_LENGTH)));
      const more = others > MAX_NAMES ? ` and ${others - MAX_NAMES} more` : '';
      notes.push(`beside_records: members other than "Records", which are in no table: ${names.join(', ')}${more}.`);
    }
    return notes;
  }

  /** Returns the error for a file of valid JSON that has nothing to do with CloudTrail. */
  refusal(scanner: JsonScanner): UnreadableFile {
    const hint = looksLike(scanner.bytes, 'not_a_trail_file');
    if (this.refusalReason !== undefined) return new UnreadableFile('not_a_trail_file', this.refusalReason);
    scanner.pos = textStart(scanner.bytes);
    const what = describeJson(scanner);
    scanner.skip();
    const is = scanner.peek() === undefined ? 'It is' : 'It begins with';
    const message = `Valid JSON, but without CloudTrail records in any known form. ${hint ?? `${is} ${what}.`}`;
    return new UnreadableFile('not_a_trail_file', message);
  }
}
