/** Decides which files of a day to rewrite, from their manifest entries. Pure. */

import { POSITION_DELETE_SCHEMA } from '../iceberg/position-deletes.js';
import { deletesOf, type ScannedFile } from '../iceberg/scan.js';
import { leafFields } from '../iceberg/schema.js';
import type { Schema } from '../iceberg/types.js';

/**
 * Target size of a data file, in bytes: large enough that there are few files, small enough that several readers can share a
 * day.
 */
export const TARGET_FILE_BYTES = 256 << 20;
/** Maximum rows of a data file: its event list takes 40 bytes of memory per row while it is made. */
export const TARGET_FILE_ROWS = 1 << 22;

/** Days with fewer bytes are always rewritten as one file: that takes seconds. */
const CHEAP_BYTES = 32 << 20;
/** With more files than this to improve, a rewrite is worthwhile, however small they are. */
const MOST_LOOSE_FILES = 8;
/** A rewrite is worthwhile if at least this share of its bytes is in files to improve. */
const WORTHWHILE_SHARE = 0.1;
/** If at least this share of a day's bytes is not sorted, all of its files are sorted again, not only the small ones. */
const SHARE_FOR_ALL = 0.2;

/** The files of one partition day. */
export interface DayFiles {
  /** Days since 1970-01-01. */
  day: number;
  data: readonly ScannedFile[];
  /** All position-delete files of the day. */
  deletes: readonly ScannedFile[];
}

/** The wanted state of files. */
export interface Wanted {
  /** The table's current schema. */
  schema: Schema;
  /** Id of the wanted sort order; absent: files cannot say that they are sorted, so they are not rewritten for it. */
  sortOrderId?: number;
  /** Default: {@link TARGET_FILE_BYTES}. */
  targetBytes?: number;
}

/** Why files are rewritten: the number of files for each reason. A file can have several. */
export interface Reasons {
  /** Some of their rows are deleted. */
  deletes: number;
  /** They lack columns, or members of structs: some engines cannot read them. */
  oldSchema: number;
  unsorted: number;
  /** They are smaller than half of the target. */
  small: number;
}

/** What to rewrite. */
export interface DayChoice {
  day: number;
  /** With the delete files that may delete some of their rows. */
  files: { data: ScannedFile; deletes: ScannedFile[] }[];
  /** Addresses of the delete files that no data file needs afterwards. */
  removeDeletes: string[];
  /** Bytes and rows of all files to rewrite, deleted rows included. */
  bytes: number;
  rows: number;
  reasons: Reasons;
}

/**
 * Chooses the files of a day to rewrite; `undefined` if there is nothing to improve, or if a rewrite is not worthwhile yet: a
 * few late files wait until there are more. A day that was just rewritten is left alone.
 */
export function chooseFiles({ day, data, deletes }: DayFiles, wanted: Wanted): DayChoice | undefined {
  const { targetBytes = TARGET_FILE_BYTES } = wanted;
  const leaves = Array.from(leafFields(wanted.schema), ({ id }) => String(id));
  const judged = data.map((file) => judge(file, deletesFor(file, deletes), leaves, wanted.sortOrderId, targetBytes));
  const files = chosen(judged, targetBytes);
  const kept = judged.filter((file) => !files.includes(file));
  const needed = new Set(kept.flatMap((file) => file.deletes));
  const removeDeletes = deletes.filter((one) => !needed.has(one)).map(({ file }) => file.path);
  if (files.length === 0 && removeDeletes.length === 0) return undefined;
  const count = (is: (file: Judged) => boolean): number => files.filter(is).length;
  return {
    day,
    files: files.map((file) => ({ data: file.data, deletes: file.deletes })),
    removeDeletes,
    bytes: sum(files, bytesOf),
    rows: sum(files, ({ data: { file } }) => file.rows),
    reasons: {
      deletes: count((file) => file.deletes.length > 0),
      oldSchema: count((file) => file.oldSchema),
      unsorted: count((file) => file.unsorted),
      small: count((file) => file.small),
    },
  };
}

interface Judged {
  data: ScannedFile;
  deletes: ScannedFile[];
  oldSchema: boolean;
  unsorted: boolean;
  small: boolean;
}

function judge(
  data: ScannedFile,
  deletes: ScannedFile[],
  leaves: readonly string[],
  sortOrderId: number | undefined,
  targetBytes: number,
): Judged {
  const { file } = data;
  return {
    data,
    deletes,
    // A file has metrics of all of its columns. A file of a writer that omits some is rewritten once.
    oldSchema: leaves.some((id) => !(id in file.valueCounts)),
    unsorted: sortOrderId !== undefined && file.sortOrderId !== sortOrderId,
    small: file.bytes < targetBytes / 2,
  };
}

const FILE_PATH = String(POSITION_DELETE_SCHEMA.fields[0].id);

/** The delete files that may delete rows of a data file. */
function deletesFor(data: ScannedFile, deletes: readonly ScannedFile[]): ScannedFile[] {
  const path = Buffer.from(data.file.path);
  return deletesOf(data, deletes).filter(({ file }) => {
    const [lower, upper] = [file.lowerBounds[FILE_PATH], file.upperBounds[FILE_PATH]];
    if (lower !== undefined && Buffer.compare(path, Buffer.from(lower, 'base64')) < 0) return false;
    return upper === undefined || Buffer.compare(path, Buffer.from(upper, 'base64')) <= 0;
  });
}

const sum = (files: readonly Judged[], of: (file: Judged) => number): number =>
  files.reduce((total, file) => total + of(file), 0);
const bytesOf = ({ data: { file } }: Judged): number => file.bytes;

function chosen(files: readonly Judged[], targetBytes: number): readonly Judged[] {
  const isBad = ({ deletes, oldSchema, unsorted }: Judged): boolean => deletes.length > 0 || oldSchema || unsorted;
  const rest = files.filter((file) => isBad(file) || file.small);
  const bad = rest.filter(isBad);
  if (bad.length === 0) {
    // Merging makes the files larger, but not always fewer.
    const rows = sum(rest, ({ data: { file } }) => file.rows);
    const ideal = Math.max(Math.ceil(sum(rest, bytesOf) / targetBytes), Math.ceil(rows / TARGET_FILE_ROWS));
    return ideal < rest.length ? rest : [];
  }
  const bytes = sum(rest, bytesOf);
  // Deletes and old schemas hinder readers; late files only cost a little.
  const mustBe = bad.some(({ deletes, oldSchema }) => deletes.length > 0 || oldSchema);
  const pays =
    mustBe || bytes <= CHEAP_BYTES || bad.length > MOST_LOOSE_FILES || sum(bad, bytesOf) >= WORTHWHILE_SHARE * bytes;
  if (!pays) return [];
  return sum(
    bad.filter(({ unsorted }) => unsorted),
    bytesOf,
  ) >
    SHARE_FOR_ALL * sum(files, bytesOf)
    ? files
    : rest;
}
