/** The report of `trailmill plan`; also its JSON. */

import { UNREAD_CURE } from '../../audit/cures.js';
import type { AuditedUnread } from '../../audit/report.js';
import { unlistedRegions } from '../../aws/regions.js';
import { type Trails, trailsOf } from '../../cloudtrail/trails.js';
import { type UnknownName, unknownNames } from '../../cloudtrail/unknown-folders.js';
import type { IngestSettings } from '../../config/settings.js';
import type { FoundWithUnread } from '../../plan/find-unread.js';
import type { IgnoredFiles, SourceFilter, UnreadFiles } from '../../protocol/messages.js';
import { parseAddress, withoutOptions } from '../../storage/address.js';
import { type Price, priceOf, type Requests, requestsOf, type Transfer, transferOf } from './requests.js';
import { type Amount, type GroupSum, type Sums, totalOf } from './sums.js';

/** How the ledger was used. `subtracted`: its files count as done. `none`: nothing was ever ingested there. */
export type LedgerUse = 'subtracted' | 'none' | 'left out' | 'unreadable';

/** What `plan` reports; also its JSON. */
export interface PlanReport {
  source: string;
  location: string;
  from: string;
  to: string;
  filter: SourceFilter;
  accounts: number;
  /** A place is an account, a kind and a region. */
  places: number;
  /** Files delivered on these days. */
  delivered: Amount;
  /** Of these, the files in the ledger. */
  done: Amount;
  /** Of the rest, the files of kinds without a table: they are entered in the ledger, and not read. */
  skipped: Amount;
  /** What a backfill reads. */
  read: Amount;
  /** Of these, how many may have to wait for their digests, with `integrity: required`. */
  mayBeHeld: number;
  ledger: LedgerUse;
  /** Why the ledger could not be read. */
  ledgerError: string | null;
  /** Sorted by size, largest first. */
  groups: GroupSum[];
  /** Days without deliveries: their number, and the ranges that they form. */
  daysWithoutFiles: { count: number; ranges: { from: string; to: string }[] };
  trails: Omit<Trails, 'accountsInBoth'> & { accountsInBoth: { count: number; first: string[] } };
  unknown: { folders: number; names: UnknownName[] };
  /** CloudTrail files that no run reads: those that may belong to these days, and those of other days. */
  unread: AuditedUnread;
  unreadElsewhere: UnreadFiles;
  /** Files of these days that are ignored. */
  ignored: IgnoredFiles[];
  /** Regions that are read but are not in this version's list. */
  unlistedRegions: string[];
  requests: Requests;
  price: Price | null;
  transfer: Transfer | null;
}

/** What the report contains besides the sums. */
export interface AboutPlan {
  source: string;
  location: string;
  warehouse: string;
  from: string;
  to: string;
  filter: SourceFilter;
  ledger: LedgerUse;
  ledgerError: string | null;
  ingest: IngestSettings;
  /** The AWS region of the process environment, used if the location has none. */
  region: string | undefined;
}

/** At most this many names are listed. */
const MOST_NAMES = 1_000;

/** Builds the report from the sums of a survey. */
export function planReport(about: AboutPlan, found: FoundWithUnread, sums: Sums): PlanReport {
  const { source, location, from, to, filter, ledger, ledgerError } = about;
  const groups = sums.all().sort((a, b) => b.bytes - a.bytes || (a.account + a.kind < b.account + b.kind ? -1 : 1));
  const { accountsInBoth, ...trails } = trailsOf(found.sources);
  const left = totalOf(sums.days.map((day) => day.left));
  const read = totalOf(sums.days.map((day) => day.read));
  const requests = requestsOf(sums.days, found.listings, about.ingest);
  const [bucket, warehouse] = [location, about.warehouse].map((address) => parseAddress(address));
  return {
    source,
    location: withoutOptions(location),
    from,
    to,
    filter,
    accounts: new Set(found.sources.map(({ account }) => account)).size,
    places: found.sources.length,
    delivered: totalOf(groups),
    done: totalOf(groups.map((group) => group.done)),
    skipped: { files: left.files - read.files, bytes: left.bytes - read.bytes },
    read,
    mayBeHeld: sums.mayBeHeld,
    ledger,
    ledgerError,
    groups,
    daysWithoutFiles: emptyDays(sums),
    trails: { ...trails, accountsInBoth: { count: accountsInBoth.length, first: accountsInBoth.slice(0, MOST_NAMES) } },
    unknown: { folders: found.unknown.length, names: unknownNames(found.unknown).slice(0, MOST_NAMES) },
    unread: { ...found.unread.inRange, cure: UNREAD_CURE },
    unreadElsewhere: found.unread.elsewhere,
    ignored: sums.ignored.get() ?? [],
    unlistedRegions: unlistedRegions(found.sources.map(({ region }) => region)),
    requests,
    price: priceOf(requests, bucket, warehouse),
    transfer: transferOf(read.bytes, bucket, about.region),
  };
}

function emptyDays({ days }: Sums): PlanReport['daysWithoutFiles'] {
  const ranges: { from: string; to: string }[] = [];
  let count = 0;
  let before = false;
  for (const { day, files } of days) {
    const empty = files === 0;
    if (empty) count++;
    if (empty && before) ranges[ranges.length - 1].to = day;
    else if (empty) ranges.push({ from: day, to: day });
    before = empty;
  }
  return { count, ranges };
}
