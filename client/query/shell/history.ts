/**
 * The history of the shell: a file with one entry a line, the oldest first. It is for its owner only, because SQL can name people
 * and keys; what begins with a space is not kept, and nor are statements about secrets.
 */
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCodeOf } from '../../../errors/index.js';
import { onOneLine } from '../../../query/statements.js';

/** The most entries. */
export const MAX_ENTRIES = 1_000;
const OWNER_ONLY = 0o600;
const SECRET = /^\s*(CREATE|ALTER)\b[\s\S]*\bSECRET\b/i;

/** The entries of a history, and its file. */
export class History {
  private constructor(
    private readonly file: string,
    /** The newest first, as `node:readline` has them. */
    readonly entries: string[],
    /** Why nothing can be kept. */
    readonly problem: string | undefined,
  ) {}

  /** Reads the file; makes its folder. A file that cannot be used is not an error: the history then ends with the shell. */
  static open(file: string): History {
    try {
      mkdirSync(dirname(file), { recursive: true });
      const entries = newest(linesOf(file));
      // Bounded again, and for its owner only, whatever it was before.
      writeFileSync(file, [...entries].reverse().map(asLine).join(''), { mode: OWNER_ONLY });
      chmodSync(file, OWNER_ONLY);
      return new History(file, entries, undefined);
    } catch (error) {
      return new History('', [], `The history cannot be kept in ${file} (${systemCodeOf(error)}).`);
    }
  }

  /** Adds a statement or a command, as typed, in one or more lines. */
  add(typed: string): void {
    if (/^\s|^$/.test(typed) || SECRET.test(typed)) return;
    // A line break in quotes cannot be taken away: its lines are kept as they are.
    const line = onOneLine(typed);
    const kept = line === undefined ? typed.split('\n') : [line];
    this.entries.splice(0, Number.POSITIVE_INFINITY, ...newest([...[...this.entries].reverse(), ...kept]));
    if (this.file === '') return;
    try {
      // Another shell of the project may be adding to it too.
      appendFileSync(this.file, kept.map(asLine).join(''), { mode: OWNER_ONLY });
    } catch {
      // The entries of this shell are still there.
    }
  }
}

const asLine = (entry: string): string => `${entry}\n`;

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The newest first, each once. */
function newest(oldestFirst: readonly string[]): string[] {
  return [...new Set([...oldestFirst].reverse().filter((entry) => entry.trim() !== ''))].slice(0, MAX_ENTRIES);
}
