/**
 * Derived columns: small functions over the few values that they need. Inputs are named, and bound to the column
 * buffers once for each row set; a function then runs once a row and writes at most one value.
 */
import { isIP } from 'node:net';
import type { AnyColumn, BooleanColumn, ListColumn, LongColumn, StringColumn } from '../columnar/columns.js';
import { classOf, type EventClass } from './event-categories.js';

export interface Derivation {
  /** Names of columns, or peeked paths of the record. */
  inputs: readonly string[];
  /** Writes the value of `row`; writing nothing means null. */
  run(inputs: readonly AnyColumn[], out: AnyColumn, row: number): void;
}

const CONSOLE_LOGIN = 'ConsoleLogin';
const EMPTY: readonly string[] = [];

function text(column: AnyColumn, row: number): string | undefined {
  return column.has(row) ? (column as StringColumn).text(row) : undefined;
}

function copy(from: AnyColumn, out: AnyColumn, row: number): void {
  const { data, offsets } = from as StringColumn;
  (out as StringColumn).append(data, offsets[row], offsets[row + 1], row);
}

function appendList(out: AnyColumn, values: readonly Uint8Array[], row: number): void {
  const list = out as ListColumn<StringColumn>;
  list.open(row);
  for (const value of values) {
    list.child.append(value, 0, value.length, list.elements);
    list.closeElement(row);
  }
}

/** The same text in every row. */
export function constant(value: string): Derivation {
  const bytes = Buffer.from(value);
  return { inputs: EMPTY, run: (_inputs, out, row) => (out as StringColumn).append(bytes, 0, bytes.length, row) };
}

/** The same list in every row. */
export function constantList(...values: string[]): Derivation {
  const bytes = values.map((value) => Buffer.from(value));
  return { inputs: EMPTY, run: (_inputs, out, row) => appendList(out, bytes, row) };
}

/** A copy of the first of these text columns that has a value. */
export function firstOf(...inputs: string[]): Derivation {
  return {
    inputs,
    run(columns, out, row) {
      for (const column of columns) if (column.has(row)) return copy(column, out, row);
    },
  };
}

/** A copy of a time column. */
export function timeOf(input: string): Derivation {
  return {
    inputs: [input],
    run(columns, out, row) {
      if (columns[0].has(row)) (out as LongColumn).append((columns[0] as LongColumn).values[row], row);
    },
  };
}

function byEventName(part: keyof EventClass): Derivation {
  return {
    inputs: ['event.action'],
    run(columns, out, row) {
      const values = classOf(text(columns[0], row) ?? '')[part];
      if (values.length > 0) appendList(out, values, row);
    },
  };
}
export const eventCategory = byEventName('category');
export const eventType = byEventName('type');

const SUCCESS = Buffer.from('success');
const FAILURE = Buffer.from('failure');

export const eventOutcome: Derivation = {
  inputs: [
    'aws.cloudtrail.error_code',
    'aws.cloudtrail.error_message',
    'event.action',
    'responseElements.ConsoleLogin',
  ],
  run([errorCode, errorMessage, action, consoleLogin], out, row) {
    let outcome = SUCCESS;
    if (errorCode.has(row) || errorMessage.has(row)) outcome = FAILURE;
    else if (consoleLogin.has(row) && text(action, row) === CONSOLE_LOGIN)
      outcome = Buffer.from((consoleLogin as StringColumn).text(row).toLowerCase());
    (out as StringColumn).append(outcome, 0, outcome.length, row);
  },
};

/** One list of the distinct names, in this order: who called, whom it is about, the new name. */
export const relatedUser: Derivation = {
  inputs: ['aws.cloudtrail.user_identity.user_name', 'user.target.name', 'user.changes.name'],
  run(columns, out, row) {
    const names = new Set<string>();
    for (const column of columns) if (column.has(row)) names.add((column as StringColumn).text(row));
    if (names.size > 0)
      appendList(
        out,
        Array.from(names, (name) => Buffer.from(name)),
        row,
      );
  },
};

/** sourceIPAddress may also hold a service name or `AWS Internal`. */
export const sourceIp: Derivation = {
  inputs: ['source.address'],
  run([address], out, row) {
    if (address.has(row) && isIP((address as StringColumn).text(row)) !== 0) copy(address, out, row);
  },
};

const TLS_VERSION = /^TLSv(\d+(?:\.\d+)?)$/i;
const TLS_INPUT = ['aws.cloudtrail.tls_details.tls_version'];

export const tlsVersion: Derivation = {
  inputs: TLS_INPUT,
  run([version], out, row) {
    const number = TLS_VERSION.exec(text(version, row) ?? '')?.[1];
    if (number !== undefined) (out as StringColumn).append(Buffer.from(number), 0, number.length, row);
  },
};

const TLS = Buffer.from('tls');
export const tlsProtocol: Derivation = {
  inputs: TLS_INPUT,
  run([version], out, row) {
    if (TLS_VERSION.test(text(version, row) ?? '')) (out as StringColumn).append(TLS, 0, TLS.length, row);
  },
};

function ofConsoleLogin(path: string, write: (value: string, out: AnyColumn, row: number) => void): Derivation {
  return {
    inputs: [path, 'event.action'],
    run([value, action], out, row) {
      if (value.has(row) && text(action, row) === CONSOLE_LOGIN) write((value as StringColumn).text(row), out, row);
    },
  };
}
export const consoleMobileVersion = ofConsoleLogin('additionalEventData.MobileVersion', (value, out, row) =>
  (out as BooleanColumn).append(value.toLowerCase() === 'yes' || value.toLowerCase() === 'true', row),
);
export const consoleMfaUsed = ofConsoleLogin('additionalEventData.MFAUsed', (value, out, row) =>
  (out as BooleanColumn).append(value !== 'No', row),
);
export const consoleLoginTo = ofConsoleLogin('additionalEventData.LoginTo', (value, out, row) => {
  const bytes = Buffer.from(value);
  (out as StringColumn).append(bytes, 0, bytes.length, row);
});
