/** Files of a few KB that are made to exhaust the memory or the time of a worker. Each must be quarantined, and no other file. */
import { gzipSync } from 'node:zlib';
import { MIB } from '../../config/kinds.js';

const TIME = '"eventTime":"2024-03-05T12:00:00Z"';

function filled(before: string, unit: string, count: number, after: string): Buffer {
  return Buffer.concat([Buffer.from(before), Buffer.alloc(count * unit.length, unit), Buffer.from(after)]);
}

const day = (n: number): string => new Date(Date.UTC(1990, 0, 1 + n)).toISOString().slice(0, 10);
const eventOn = (n: number): string => `{"eventTime":"${day(n)}T00:00:00Z","eventName":"A","eventID":"day-${n}"}`;

const GENERATORS: Record<string, () => Buffer> = {
  rejects: () => filled('{"Records":[1', ',1', 200_000, ']}'),
  days: () => Buffer.from(`{"Records":[${Array.from({ length: 500 }, (_, n) => eventOn(n)).join()}]}`),
  value: () => filled(`{"Records":[{${TIME},"userAgent":"`, 'a', 9 * MIB, '"}]}'),
  name: () => filled(`{"Records":[{${TIME},"`, 'k', 9 * MIB, '":1}]}'),
  depth: () => filled(`{"Records":[{${TIME},"x":`, '[', 2 * MIB, ''),
  members: () => filled(`{"Records":[{${TIME}`, ',"a":1', 300_000, '}]}'),
  bomb: () => filled('{"Records":[', ' ', 160 * MIB, ']}'),
};

/** The names of the hostile files. */
export const HOSTILE_NAMES = Object.keys(GENERATORS);

/** The gzipped file of one of {@link HOSTILE_NAMES}. */
export function hostileFile(name: string): Buffer {
  return gzipSync(GENERATORS[name]());
}
