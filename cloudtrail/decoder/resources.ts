/** Reads `resources`, an array of {ARN, accountId, type}, into a list column of structs. */
import type { ListColumn } from '../../columnar/columns.js';
import type { JsonScanner } from './scanner.js';
import { unescapeJson } from './unescape.js';

/** In the order of the column's struct fields: arn, account_id, type. */
const MEMBERS = ['ARN', 'accountId', 'type'].map((name) => Buffer.from(name));
const UNKNOWN = 1 << MEMBERS.length;

export class ResourcesReader {
  /** True when the column says exactly what was delivered; the scanner ends behind the value in any case. */
  read(scanner: JsonScanner, column: ListColumn, row: number): boolean {
    if (scanner.peek() !== 91) {
      scanner.skip();
      return false;
    }
    scanner.pos++;
    column.open(row);
    let exact = true;
    if (scanner.peek() === 93) {
      scanner.pos++;
      return true;
    }
    for (;;) {
      if (scanner.peek() === 123) exact = this.element(scanner, column) && exact;
      else {
        scanner.skip();
        exact = false;
      }
      column.closeElement(row);
      if (scanner.peek() === 93) break;
      scanner.expect(44);
    }
    scanner.pos++;
    return exact;
  }

  private element(scanner: JsonScanner, column: ListColumn): boolean {
    const { bytes } = scanner;
    const index = column.elements;
    // A bit for each member that the column does not say exactly, and one for members that it does not have.
    let inexact = 0;
    scanner.pos++;
    if (scanner.peek() === 125) {
      scanner.pos++;
      return true;
    }
    for (;;) {
      if (scanner.peek() !== 34) scanner.fail('expected a member name');
      const key = scanner.pos + 1;
      const keyTo = scanner.string();
      const member = this.memberOf(bytes, key, keyTo, scanner.escaped);
      scanner.expect(58);
      const isText = scanner.peek() === 34;
      const from = scanner.pos + 1;
      scanner.skip();
      if (member < 0) inexact |= UNKNOWN;
      else {
        const child = column.children[member];
        // The last of equal keys wins: nothing is left of what an earlier one said.
        if (child.length > index) child.truncate(index);
        inexact &= ~(1 << member);
        if (!isText) inexact |= 1 << member;
        else if (!scanner.escaped) child.append(bytes, from, scanner.pos - 1, index);
        else {
          const plain = unescapeJson(bytes, from, scanner.pos - 1);
          child.append(plain.bytes, 0, plain.length, index);
          if (plain.lossy) inexact |= 1 << member;
        }
      }
      if (scanner.peek() === 125) break;
      scanner.expect(44);
    }
    scanner.pos++;
    return inexact === 0;
  }

  private memberOf(bytes: Uint8Array, from: number, to: number, escaped: boolean): number {
    if (escaped) {
      const plain = unescapeJson(bytes, from, to);
      return plain.lossy ? -1 : this.memberOf(plain.bytes, 0, plain.length, false);
    }
    return MEMBERS.findIndex((name) => name.length === to - from && name.every((byte, i) => byte === bytes[from + i]));
  }
}
