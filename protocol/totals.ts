/** Counts of files and records. */

/** Counts that are summed over files, batches and days. `bytes` are stored (compressed) bytes. */
export interface Totals {
  /** Objects entered in the ledger by this run: ingested + quarantined + skipped. */
  files: number;
  bytes: number;
  /** Records that became rows. */
  events: number;
  /** Records that went to the rejects table. */
  rejects: number;
  /** Rejected records by reason. Absent if there are none, and in counts of earlier versions. */
  rejectedFor?: RejectedFor[];
  /** Records that a transform dropped. */
  dropped: number;
  /** Records that were already in their table; they are not written again. */
  duplicates: number;
  /** Files that could not be read. */
  quarantined: number;
  /** Quarantined files by reason. */
  quarantinedFor: QuarantineReason[];
  /** Files whose table is not configured. */
  skipped: number;
  /** Files that were ingested before with another ETag; also counted in `files`. */
  replaced: number;
  /**
   * Files that were to be read again and could not be, by reason: they keep the rows that they have. In no other count. Absent
   * if there are none.
   */
  kept?: QuarantineReason[];
  /** Stored bytes of these files; absent if there are none. */
  keptBytes?: number;
}

/** Quarantined files with one code. */
export interface QuarantineReason {
  /** Reason code; docs/errors.md lists all of them. */
  code: string;
  files: number;
  /** Key of the first of them. */
  example: string;
}

/** Rejected records with one code. */
export interface RejectedFor {
  /** Reason code; docs/errors.md lists all of them. */
  code: string;
  records: number;
  /** Key of the file of the first of them, its position in the file from 0, and its message, which may be shortened. */
  key: string;
  index: number;
  message: string;
}

/** Files of a run's days that need no more work, because earlier runs entered them in the ledger. */
export interface KnownFiles {
  ingested: number;
  /** Quarantined, or of a kind that had no table. */
  other: number;
}

/** The sum of two counts of known files; `undefined` if neither is known. */
export function addKnown(a?: KnownFiles, b?: KnownFiles): KnownFiles | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { ingested: a.ingested + b.ingested, other: a.other + b.other };
}

/** All totals zero. */
export const NO_TOTALS: Readonly<Totals> = {
  files: 0,
  bytes: 0,
  events: 0,
  rejects: 0,
  dropped: 0,
  duplicates: 0,
  quarantined: 0,
  quarantinedFor: [],
  skipped: 0,
  replaced: 0,
};

/** The sum of two totals; reasons with the same code are merged. */
export function addTotals(a: Totals, b: Totals): Totals {
  const kept = addReasons(a.kept ?? [], b.kept ?? []);
  const rejectedFor = addRejectReasons(a.rejectedFor ?? [], b.rejectedFor ?? []);
  return {
    files: a.files + b.files,
    bytes: a.bytes + b.bytes,
    events: a.events + b.events,
    rejects: a.rejects + b.rejects,
    dropped: a.dropped + b.dropped,
    duplicates: a.duplicates + b.duplicates,
    quarantined: a.quarantined + b.quarantined,
    quarantinedFor: addReasons(a.quarantinedFor, b.quarantinedFor),
    skipped: a.skipped + b.skipped,
    replaced: a.replaced + b.replaced,
    ...(kept.length === 0 ? {} : { kept, keptBytes: (a.keptBytes ?? 0) + (b.keptBytes ?? 0) }),
    ...(rejectedFor.length === 0 ? {} : { rejectedFor }),
  };
}

function addReasons(a: readonly QuarantineReason[], b: readonly QuarantineReason[]): QuarantineReason[] {
  return addByCode(a, b, (one, other) => ({ ...one, files: one.files + other.files }));
}

/** The sum of two lists of rejected records; the first example of each code is kept. */
export function addRejectReasons(a: readonly RejectedFor[], b: readonly RejectedFor[]): RejectedFor[] {
  return addByCode(a, b, (one, other) => ({ ...one, records: one.records + other.records }));
}

/** One of each code, in the order in which the codes appear. */
function addByCode<T extends { code: string }>(a: readonly T[], b: readonly T[], add: (one: T, other: T) => T): T[] {
  const sum = new Map(a.map((reason) => [reason.code, reason]));
  for (const reason of b) {
    const known = sum.get(reason.code);
    sum.set(reason.code, known === undefined ? reason : add(known, reason));
  }
  return [...sum.values()];
}
