/** What a run finds in the bucket: sources, and files that are not read. */

/** Selects objects by parts of their keys; an absent list means "all". */
export interface SourceFilter {
  /** 12-digit account ids. */
  accounts?: string[];
  /** AWS regions, such as `eu-west-1`. */
  regions?: string[];
  /** CloudTrail kinds, such as `CloudTrail`, `CloudTrail-Insight`. */
  kinds?: string[];
}

/** Unrecognized folders in the bucket. Folders of other AWS services are recognized and not included. */
export interface UnknownFolders {
  folders: number;
  /** Full keys of the first ones. */
  first: string[];
}

/** A CloudTrail file that no run reads, because it is not where CloudTrail delivers its files. */
export interface UnreadFile {
  /** Full key; for a folder that was not listed, its prefix with the trailing slash. */
  key: string;
  /** Full key of the folder where it would be read; `null` if it cannot be derived from its key. */
  moveTo: string | null;
}

/** CloudTrail files that no run reads, and that may belong to the days and sources of the run. */
export interface UnreadFiles {
  files: number;
  /** Whether there are more: counting stops when it would take too many requests. */
  atLeast: boolean;
  /** The first few, in key order. */
  first: UnreadFile[];
}

/** Unread files, split by whether they may belong to the days of the run. */
export interface UnreadReport {
  /** May belong to the days of the run. */
  inRange: UnreadFiles;
  /** Belong to other days. */
  elsewhere: UnreadFiles;
}

/** Why a file in the expected location is ignored: neither read nor entered in the ledger. */
export type IgnoredReason =
  /** Its name is that of an unfinished copy: see `cloudtrail/partial-copies.ts`. */
  | 'partial_copy'
  /** Its key does not match `key_pattern`. */
  | 'key_pattern'
  /** With `integrity: required`: no digest names it yet. */
  | 'awaiting_digest'
  /** Of a run that reads files again: the same configuration and version have written its rows. */
  | 'up_to_date'
  /** Of such a run: retention has removed the days of its events. */
  | 'not_kept'
  /** Of such a run: the ledger has the key with several ETags, and the rows of its objects cannot be told apart. */
  | 'replaced'
  /** In a copy on disk, an entry that cannot be opened as a file: see `UnusableReason` in `storage/object-store.ts`. */
  | 'not_a_file'
  | 'broken_link'
  | 'bad_name'
  | 'unreadable';

/** Files that are ignored for the same reason. */
export interface IgnoredFiles {
  why: IgnoredReason;
  files: number;
  /** Key of the first of them. */
  example: string;
}

/** Result of the activity `discover`: what is in the bucket. */
export interface Discovered {
  /** Address of the list of sources. */
  address: string;
  /** Number of (account, kind, region) sources. */
  sources: number;
  /** Number of folders that are not CloudTrail's. */
  unknown: number;
  /** The unknown folders that do not belong to another AWS service; absent if an older version ran the activity. */
  surprises?: UnknownFolders;
  /** Absent if there are none, or if an older version ran the activity. */
  unread?: UnreadFiles;
  /** The first regions that are read but not in this version's list of regions; absent if there are none. */
  unlistedRegions?: string[];
  /** One line for each table with a damaged data file: what is damaged, and the cure. Absent if there is none. */
  damaged?: string[];
}

/** Adds up the ignored files of two days, or two parts of a day, by reason; `undefined` if there are none. */
export function addIgnored(a?: readonly IgnoredFiles[], b?: readonly IgnoredFiles[]): IgnoredFiles[] | undefined {
  const sum = new Map((a ?? []).map((one) => [one.why, one]));
  for (const { why, files, example } of b ?? []) {
    const known = sum.get(why);
    sum.set(why, { why, files: (known?.files ?? 0) + files, example: known?.example ?? example });
  }
  return sum.size === 0 ? undefined : [...sum.values()];
}
