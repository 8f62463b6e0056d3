/**
 * Makes many trail files from a few: copies with fresh event ids and request ids, times that are shifted by whole days and a
 * few minutes, and the keys that CloudTrail would have given them.
 */
import { createHash } from 'node:crypto';
import { fileName, parseObjectKey } from '../../../cloudtrail/object-key.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** CloudTrail delivers about every 5 minutes. */
const DELIVERY_MINUTES = 5;
/** Length of the unique part of a file name, which consists of letters and digits. */
const UNIQUE_LENGTH = 16;

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** An event id, whatever it looks like; a request id that is a UUID (those of S3 are not); a time in UTC that is a whole string. */
const FRESH = new RegExp(
  `("eventID"\\s*:\\s*")[^"\\\\]*(?=")|("requestID"\\s*:\\s*")${UUID}(?=")|(")\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ(?=")`,
  'g',
);

/** Where the copies of the source files go. */
export interface Placement {
  /** Number of source files. All of them are used before the first one is used again. */
  sources: number;
  filesPerDay: number;
}

/** The source of copy `number`, and the milliseconds by which its times are shifted. */
export function placeOf(number: number, { sources, filesPerDay }: Placement): { source: number; shiftMs: number } {
  const day = Math.floor(number / filesPerDay);
  const repeat = Math.floor((number % filesPerDay) / sources);
  return { source: number % sources, shiftMs: day * DAY_MS + repeat * DELIVERY_MINUTES * MINUTE_MS };
}

/** A UUID that is a function of `number`. Its digits look random: real ids hardly compress, and these must not either. */
export function freshId(number: number): string {
  const hex = createHash('md5').update(`id ${number}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The key of copy `number` of the object `key`. `undefined` if the key or the name does not have CloudTrail's format. */
export function keyOfCopy(key: string, shiftMs: number, number: number): string | undefined {
  const parsed = parseObjectKey(key);
  const name = /^(.*_)(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[A-Za-z0-9]+(\.json\.gz)$/.exec(fileName(key));
  if (parsed === undefined || name === null) return undefined;
  const [, head, year, month, date, hour, minute, extension] = name;
  const time = Date.UTC(+year, +month - 1, +date, +hour, +minute) + shiftMs;
  if (Number.isNaN(time)) return undefined;
  const iso = new Date(time).toISOString();
  const day = iso.slice(0, 10);
  const folders = key.slice(0, -fileName(key).length).replace(/\d{4}\/\d\d\/\d\d\/$/, `${day.replaceAll('-', '/')}/`);
  const stamp = `${iso.slice(0, 16).replaceAll(/[-:]/g, '')}Z`;
  const unique = createHash('md5').update(`name ${number}`).digest('hex').slice(0, UNIQUE_LENGTH);
  return `${folders}${head}${stamp}_${unique}${extension}`;
}

/** The text of a source file, prepared for copies: it is searched only once. */
export class Template {
  /** Text before each value to replace; the last one is the text after the last value. */
  private readonly texts: string[] = [];
  /** A time in milliseconds since the epoch; `undefined` for an id. */
  private readonly times: (number | undefined)[] = [];

  constructor(text: string) {
    let end = 0;
    for (const match of text.matchAll(FRESH)) {
      const [whole, event, request, quote] = match;
      const head = event ?? request ?? quote;
      const time = quote === undefined ? undefined : Date.parse(whole.slice(head.length));
      if (time !== undefined && Number.isNaN(time)) continue;
      this.texts.push(text.slice(end, match.index + head.length));
      this.times.push(time);
      end = match.index + whole.length;
    }
    this.texts.push(text.slice(end));
  }

  /** The text of a copy. `nextId` is called for each id. */
  copy(shiftMs: number, nextId: () => string): string {
    const shifted = new Map<number, string>();
    let text = this.texts[0];
    this.times.forEach((time, place) => {
      text += time === undefined ? nextId() : memo(shifted, time, () => isoSeconds(time + shiftMs));
      text += this.texts[place + 1];
    });
    return text;
  }
}

function isoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function memo(known: Map<number, string>, key: number, make: () => string): string {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}
