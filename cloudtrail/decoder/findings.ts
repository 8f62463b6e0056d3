/** What a file holds besides its records: for the notes in the ledger, or for the message when it is refused. */
import { UnreadableFile } from '../../errors/index.js';
import { describeJson, quantity } from './describe.js';
import { textStart } from './envelope.js';
import { looksLike } from './looks-like.js';
import type { JsonScanner } from './scanner.js';

/** Names in a note, and characters of each. */
const MAX_NAMES = 8;
const MAX_NAME_LENGTH = 40;

/** Counts what was found in one file, and writes the notes and the refusal. */
export class FileFindings {
  /** Records, and documents of CloudTrail that may hold some. With none, the file is refused. */
  recognized = 0;
  /** Why it is refused then, in one sentence; `undefined` where there is no special reason. */
  refusalReason: string | undefined;
  /** Objects of other programs that hold no record. */
  foreignObjects = 0;
  /** Documents `{"Records":[…]}`. */
  recordsDocuments = 0;
  private readonly wrapped = new Map<string, number>();
  private readonly beside = new Set<string>();

  /** Counts rows whose records were inside of `what`. */
  addWrapped(what: string, rows: number): void {
    if (rows > 0) this.wrapped.set(what, (this.wrapped.get(what) ?? 0) + rows);
  }

  /** Notes the members of a document other than "Records". */
  addOtherMembers(names: readonly string[]): void {
    for (const name of names) if (this.beside.size < 1000) this.beside.add(name);
  }

  /** Each begins with a code of NOTE_CODES. */
  notes(): string[] {
    const notes: string[] = [];
    if (this.recordsDocuments > 1)
      notes.push(
        `several_documents: ${this.recordsDocuments} documents with "Records", one after the other; CloudTrail writes one.`,
      );
    if (this.wrapped.size > 0) {
      const parts = Array.from(this.wrapped, ([what, rows]) => `${quantity(rows, 'record')} in ${what}`);
      notes.push(`wrapped: ${parts.join(', ')}.`);
    }
    if (this.beside.size > 0) {
      const names = [...this.beside].slice(0, MAX_NAMES).map((name) => JSON.stringify(name.slice(0, MAX_NAME_LENGTH)));
      const more = this.beside.size > MAX_NAMES ? ` and ${this.beside.size - MAX_NAMES} more` : '';
      notes.push(`beside_records: members beside "Records" that are in no table: ${names.join(', ')}${more}.`);
    }
    return notes;
  }

  /** The error for a file of valid JSON without anything of CloudTrail. */
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
