/** What a run finds in the bucket: places, and files that are not read. */

/** Narrowing by parts of the object key; an absent list means "all". */
export interface SourceFilter {
  /** 12-digit account ids. */
  accounts?: string[];
  /** AWS regions, such as `eu-west-1`. */
  regions?: string[];
  /** CloudTrail kinds, such as `CloudTrail`, `CloudTrail-Insight`. */
  kinds?: string[];
}

/** Folders of the bucket that are not understood. Those of other services are not among them: they are no surprise. */
export interface UnknownFolders {
  folders: number;
  /** Whole keys of the first ones. */
  first: string[];
}

/** A file of CloudTrail that no run reads, because it is not where CloudTrail puts its files. */
export interface UnreadFile {
  /** Whole key; of what was not looked into, the folder's, with the slash at its end. */
  key: string;
  /** The folder where it would be read, as a whole key; `null` where its key does not say it. */
  moveTo: string | null;
}

/** Files of CloudTrail that no run reads, and that may belong to the days and the places in question. */
export interface UnreadFiles {
  files: number;
  /** There are more: the count stops where it would take too many requests. */
  atLeast: boolean;
  /** A few of them, the first by their keys. */
  first: UnreadFile[];
}

/** Unread files by whether they may belong to the days in question. */
export interface UnreadReport {
  /** They may be of the days in question. */
  inRange: UnreadFiles;
  /** They are of other days. */
  elsewhere: UnreadFiles;
}

/** Why a file in its right place is left there: neither read nor entered in the ledger. */
export type IgnoredWhy =
  /** By its name a copy that is not finished: see `cloudtrail/partial-copies.ts`. */
  | 'partial_copy'
  /** Its key does not match `key_pattern`. */
  | 'key_pattern'
  /** In a copy on disk, what is no file that can be opened: see `OddWhy` in `storage/object-store.ts`. */
  | 'not_a_file'
  | 'broken_link'
  | 'bad_name'
  | 'unreadable';

/** Files that are left out for one reason. */
export interface IgnoredFiles {
  why: IgnoredWhy;
  files: number;
  /** Key of the first of them. */
  example: string;
}

/** What is in the bucket. */
export interface Discovered {
  /** Address of the list. */
  address: string;
  /** Number of (account, kind, region) places. */
  sources: number;
  /** Number of folders that are not CloudTrail's. */
  unknown: number;
  /** Those of them that are no other service's; absent where an older version looked. */
  surprises?: UnknownFolders;
  /** Absent where there are none, and where an older version looked. */
  unread?: UnreadFiles;
  /** Regions that are read and not listed in the version that looked: the first ones; absent where there are none. */
  unlistedRegions?: string[];
  /** One line for each table with a damaged data file: what is damaged, and the cure. Absent where there is none. */
  damaged?: string[];
}

/** Of two days, or of two parts of one; `undefined` where there are none. There are as many as there are reasons. */
export function addIgnored(a?: readonly IgnoredFiles[], b?: readonly IgnoredFiles[]): IgnoredFiles[] | undefined {
  const sum = new Map((a ?? []).map((one) => [one.why, one]));
  for (const { why, files, example } of b ?? []) {
    const known = sum.get(why);
    sum.set(why, { why, files: (known?.files ?? 0) + files, example: known?.example ?? example });
  }
  return sum.size === 0 ? undefined : [...sum.values()];
}
