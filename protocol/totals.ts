/** Counts of files and records, and how they add up. */

/** Counts that add up over files, batches and days. `bytes` are stored (compressed) bytes. */
export interface Totals {
  /** Objects entered in the ledger by this run: ingested + quarantined + skipped. */
  files: number;
  bytes: number;
  /** Records that became rows. */
  events: number;
  /** Records that went to the rejects table. */
  rejects: number;
  /** Records that a transform dropped. */
  dropped: number;
  /** Records that their table had already: repeats, which are not kept. */
  duplicates: number;
  /** Files that could not be read. */
  quarantined: number;
  /** The same by reason. */
  quarantinedFor: QuarantineReason[];
  /** Files whose table is not wanted. */
  skipped: number;
  /** Files that were ingested before with another ETag: counted in `files` too. */
  replaced: number;
}

/** Quarantined files with one code. */
export interface QuarantineReason {
  /** Reason code: docs/errors.md has them all. */
  code: string;
  files: number;
  /** Key of the first of them. */
  example: string;
}

/** Totals of nothing. */
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

/** The sum of two totals; reasons with the same code are one. */
export function addTotals(a: Totals, b: Totals): Totals {
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
  };
}

/** There are as many as there are codes. */
function addReasons(a: readonly QuarantineReason[], b: readonly QuarantineReason[]): QuarantineReason[] {
  const sum = new Map(a.map((reason) => [reason.code, reason]));
  for (const { code, files, example } of b) {
    const known = sum.get(code);
    sum.set(code, { code, files: (known?.files ?? 0) + files, example: known?.example ?? example });
  }
  return [...sum.values()];
}
