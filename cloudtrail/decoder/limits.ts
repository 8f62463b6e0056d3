/**
 * The limits of one file. CloudTrail stays far below all of them: an event has at most 256 KB and a file 50 MB
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html). A file that exceeds a limit is
 * quarantined, so that no file, even a malicious one, can exhaust the memory or time of a worker. docs/errors.md has the table.
 */
import { UnreadableFile } from '../../errors/index.js';

interface Limit {
  most: number;
  /** What is counted, in the plural. */
  of: string;
  /** Why there is a limit, and why this value. */
  why: string;
}

/** The limits of one file, with reasons. */
export const LIMITS = {
  recordBytes: {
    most: 8 << 20,
    of: 'bytes per record',
    why: '32 times the maximum that CloudTrail delivers. A record is copied several times while it is read, as text and into columns',
  },
  digestBytes: {
    most: 64 << 20,
    of: 'bytes per digest',
    why: 'a digest lists every log file of an hour, about 500 bytes each, so this allows more than 100,000 files per hour and region',
  },
  textBytes: {
    most: 8 << 20,
    of: 'bytes of JSON text in a string or CSV cell',
    why: 'the text is copied out of its string before it is read; SQS, SNS and CloudWatch Logs allow at most 1 MiB',
  },
  members: {
    most: 100_000,
    of: 'members per object',
    why: 'names are kept in memory while their object is read, to find duplicates',
  },
  depth: {
    most: 1 << 20,
    of: 'levels of nesting',
    why: 'open objects and arrays are kept in memory. Records have about ten levels',
  },
  cells: { most: 10_000, of: 'cells per CSV row', why: 'the offsets of all cells of a row are kept in memory' },
  rejects: {
    most: 100_000,
    of: 'rejected records per file',
    why: 'they are kept in memory until the file has been read completely. CloudTrail files have at most about 50,000 records, and none that are rejected',
  },
  days: {
    most: 400,
    of: 'event days per file',
    why: 'each day is a separate file in the table, with separate buffers (400 KB). CloudTrail files have one or two days, lookup-events exports 90',
  },
} as const satisfies Record<string, Limit>;

/** The name of a limit. */
export type LimitName = keyof typeof LIMITS;

/** The limits as numbers, by name. */
export type Limits = Readonly<Record<LimitName, number>>;

/** The limits that apply except in tests. */
export const DEFAULT_LIMITS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, { most }]) => [name, most]),
) as unknown as Limits;

/** The file exceeds a limit. */
export class OverLimit extends UnreadableFile {
  /**
   * @param most the limit that applied
   * @param where beginning of a sentence: `The record at byte 40`
   * @param more another sentence
   */
  constructor(
    readonly limit: LimitName,
    most: number,
    where?: string,
    more?: string,
  ) {
    const place = where === undefined ? '' : ` ${where} is over the limit.`;
    super(
      'over_limit',
      `The file exceeds the limit of ${most.toLocaleString('en-US')} ${LIMITS[limit].of}.${place}${more === undefined ? '' : ` ${more}`}`,
    );
  }
}
