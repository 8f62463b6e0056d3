/** JSON text in strings of a file, such as log events and SQS messages: a scanner for each nesting level, and its position. */
import { DATA_AFTER_END, JsonSyntaxError } from './json-tokens.js';
import type { Limits } from './limits.js';
import type { ByteRange, Reject } from './read-context.js';
import type { RejectReason } from './reject-reasons.js';
import { JsonScanner } from './scanner.js';
import { NO_MESSAGE } from './wrapped-records.js';

const OPEN_BRACE = 123;
const EMPTY = new Uint8Array(0);

/** Maximum levels of text, including the file. An event in an SNS notification in an SQS message is at level 3. */
const MAX_LEVELS = 4;

/** The range in the file of the string that contains the text, and the offset in the text of its one object. */
type Embedded = ByteRange & { root: number };

/** The file and the texts that are open in it, as a stack. */
export class EmbeddedTexts {
  /** Scanner of the innermost text; of the file itself if no text is open. */
  scanner: JsonScanner;
  /** Position of the innermost text; `undefined` for the file itself. */
  current: Embedded | undefined;
  private level = 0;
  private readonly scanners: JsonScanner[];

  /** @param limits of one file */
  constructor(private readonly limits: Limits) {
    this.scanner = new JsonScanner(limits);
    this.scanners = [this.scanner];
  }

  /** Starts a file. */
  reset(bytes: Uint8Array, pos: number): JsonScanner {
    this.level = 0;
    this.current = undefined;
    this.scanner = this.scanners[0];
    begin(this.scanner, bytes, pos);
    return this.scanner;
  }

  /** Releases the memory of all texts. */
  releaseText(): void {
    for (const scanner of this.scanners) scanner.bytes = EMPTY;
  }

  /** Checks that the text is one complete object, and prepares `enter`. Returns why it cannot be read, otherwise `undefined`. */
  check(text: Uint8Array | undefined): [RejectReason, string] | undefined {
    if (text === undefined || !isObjectText(text)) return ['not_an_object', NO_MESSAGE];
    if (this.level === MAX_LEVELS - 1)
      return ['no_record', `JSON text is nested in JSON text more than ${MAX_LEVELS - 1} times.`];
    this.scanners[this.level + 1] ??= new JsonScanner(this.limits);
    const inner = this.scanners[this.level + 1];
    begin(inner, text, 0);
    inner.peek();
    const root = inner.pos;
    try {
      inner.skip();
      if (inner.peek() !== undefined) inner.fail(DATA_AFTER_END);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      return [
        'invalid_json',
        `The message is not valid JSON: ${error.message}. CloudWatch Logs truncates long messages.`,
      ];
    }
    inner.pos = root;
    return undefined;
  }

  /**
   * Makes the text that was checked last the innermost one, calls `read` with the offset of its object, and closes it.
   * @param at range of its string in the text that is being read
   */
  enter(at: ByteRange, read: (from: number) => void): void {
    const { scanner, current } = this;
    const inner = this.scanners[++this.level];
    this.scanner = inner;
    this.current = { from: current?.from ?? at.from, to: current?.to ?? at.to, root: inner.pos };
    read(inner.pos);
    this.level--;
    this.scanner = scanner;
    this.current = current;
  }

  /**
   * Stores the text `from` to `to` in the reject, unless its range in the file is that of a string with only this text. A
   * nested text has the range of the outer one, which may contain several texts, and what surrounds a string may be of any length.
   */
  keepText(reject: Reject, from: number, to: number): void {
    const { current } = this;
    if (current === undefined) return;
    const isAlone = this.level === 1 && from === current.root && current.to - current.from <= this.limits.recordBytes;
    if (!isAlone) reject.text = this.scanner.bytes.slice(from, to);
  }
}

function begin(scanner: JsonScanner, bytes: Uint8Array, pos: number): void {
  scanner.bytes = bytes;
  scanner.pos = pos;
  scanner.end = Number.MAX_SAFE_INTEGER;
}

/** Whether the text begins like a JSON object. */
export function isObjectText(text: Uint8Array): boolean {
  let i = 0;
  while (text[i] <= 32) i++;
  return text[i] === OPEN_BRACE;
}
