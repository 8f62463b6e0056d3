/**
 * What one file may have. CloudTrail stays far below all of it: an event has at most 256 KB and a file 50 MB
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html). A file beyond a limit is
 * quarantined, so that no file, however it is made, takes the memory or the time of a worker. docs/errors.md shows the table.
 */
import { UnreadableFile } from '../../errors/index.js';

interface Limit {
  most: number;
  /** What is counted, in the plural. */
  of: string;
  /** Why there is a limit, and why this one. */
  why: string;
}

/** The limits of one file, with their reasons. */
export const LIMITS = {
  recordBytes: {
    most: 8 << 20,
    of: 'bytes of one record',
    why: '32 times what CloudTrail delivers. A record is copied several times while it is read, as text and into columns',
  },
  digestBytes: {
    most: 64 << 20,
    of: 'bytes of one digest',
    why: 'it lists every log file of an hour with some 500 bytes each, so this is more than 100,000 files an hour and region',
  },
  textBytes: {
    most: 8 << 20,
    of: 'bytes of a JSON text inside of a string or a CSV cell',
    why: 'it is copied out of its string before it is read; SQS, SNS and CloudWatch Logs carry 1 MiB at the most',
  },
  members: {
    most: 100_000,
    of: 'members of one object',
    why: 'names are kept in memory while their object is read, to find those that are there twice',
  },
  depth: {
    most: 1 << 20,
    of: 'levels of nesting',
    why: 'what is open is kept in memory. Records have some ten levels',
  },
  cells: { most: 10_000, of: 'cells of one CSV row', why: 'the places of all cells of a row are kept in memory' },
  rejects: {
    most: 100_000,
    of: 'rejected records of one file',
    why: 'they wait in memory until the file is known to be whole. Files of CloudTrail have some 50,000 records at the most, and none that is rejected',
  },
  days: {
    most: 400,
    of: 'event days in one file',
    why: 'each day is a file of its own in the table, with buffers of its own (400 KB). Files of CloudTrail have one day or two, exports of lookup-events 90',
  },
} as const satisfies Record<string, Limit>;

/** Name of a limit. */
export type LimitName = keyof typeof LIMITS;

/** The limits as numbers, by name. */
export type Limits = Readonly<Record<LimitName, number>>;

/** The limits that apply outside of tests. */
export const DEFAULT_LIMITS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, { most }]) => [name, most]),
) as unknown as Limits;

/** The file has more than it may. */
export class OverLimit extends UnreadableFile {
  /**
   * @param most the limit that counted
   * @param where `The record at byte 40`
   * @param more another sentence
   */
  constructor(
    readonly limit: LimitName,
    most: number,
    where?: string,
    more?: string,
  ) {
    const place = where === undefined ? '' : ` ${where} is beyond it.`;
    super(
      'over_limit',
      `The limit is ${most.toLocaleString('en-US')} ${LIMITS[limit].of}, and the file has more.${place}${more === undefined ? '' : ` ${more}`}`,
    );
  }
}
