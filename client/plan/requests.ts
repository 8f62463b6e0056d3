/** What a backfill asks of S3, and what AWS takes for that: estimates, with the formulas of docs/cli.md. */
import { S3_PRICES } from '../../aws/prices.js';
import { isAwsHost } from '../../aws/regions.js';
import type { IngestSettings } from '../../config/settings.js';
import type { StoreAddress } from '../../storage/address.js';
import type { DaySum } from './sums.js';

/** Requests to object stores, by their kind. */
export interface Requests {
  /** Of the bucket: the folders once, of each place its years and of the range the months and days, and each place once a day and once more for each further page of 1,000. */
  list: number;
  /** Of the bucket: one for each file that is read. */
  get: number;
  /** Of the warehouse, estimated. */
  put: number;
}

type Sizes = Pick<IngestSettings, 'batchBytes' | 'batchFiles' | 'chunkBytes' | 'groupBatches'>;

/** Estimates the requests of a backfill over what was surveyed. */
export function requestsOf(days: readonly DaySum[], discovery: number, ingest: Sizes): Requests {
  const requests = { list: discovery, get: 0, put: 0 };
  for (const day of days) {
    requests.list += day.listings;
    requests.get += day.read.files;
    requests.put += writesOf(day, ingest);
  }
  return requests;
}

/**
 * A day is cut into batches, a batch into chunks, and batches into commits. With `t` tables that the day goes to: the plan
 * is an object, and one a batch; a batch has a result and `t` manifests; a chunk a part, and two data files a table
 * (events of that day and of the one before), each with its event ids; a commit is announced, made in `t` tables and entered in the ledger:
 * manifest lists, metadata, hints, deletes.
 */
function writesOf({ left, read, tables }: DaySum, ingest: Sizes): number {
  if (left.files === 0) return 0;
  const batches = Math.max(Math.ceil(left.files / ingest.batchFiles), Math.ceil(read.bytes / ingest.batchBytes));
  const chunks = Math.max(batches, Math.ceil(read.bytes / ingest.chunkBytes));
  const commits = Math.ceil(batches / ingest.groupBatches);
  const t = tables.size;
  return 1 + batches * (2 + t) + chunks * (1 + 4 * t) + commits * (9 + 5 * t);
}

/** US dollars, at list prices. `null`: there is nothing to pay to AWS for it. */
export interface Price {
  list: number | null;
  get: number | null;
  put: number | null;
  total: number;
  currency: 'USD';
  /** Whose prices, of which day, from where. */
  region: string;
  asOf: string;
  source: string;
}

/** `null` where neither the bucket nor the warehouse is in AWS. */
export function priceOf(requests: Requests, bucket: StoreAddress, warehouse: StoreAddress): Price | null {
  const reading = isAws(bucket);
  const writing = isAws(warehouse);
  if (!reading && !writing) return null;
  const list = reading ? requests.list * S3_PRICES.list : null;
  const get = reading ? requests.get * S3_PRICES.get : null;
  const put = writing ? requests.put * S3_PRICES.put : null;
  const { region, asOf, source } = S3_PRICES;
  return { list, get, put, total: (list ?? 0) + (get ?? 0) + (put ?? 0), currency: 'USD', region, asOf, source };
}

/** What it costs to bring so many bytes to a worker, by where that is. */
export interface Transfer {
  /** Of the bucket; `null`: nobody says it. */
  region: string | null;
  sameRegion: 0;
  otherRegion: number;
  internet: number;
}

/** `null` where the bucket is not in AWS. */
export function transferOf(
  bytes: number,
  bucket: StoreAddress,
  environmentRegion: string | undefined,
): Transfer | null {
  if (!isAws(bucket) || bucket.scheme !== 's3') return null;
  const gigabytes = bytes / 1e9;
  const { otherRegion, internet } = S3_PRICES.transfer;
  return {
    region: bucket.options.region ?? environmentRegion ?? null,
    sameRegion: 0,
    otherRegion: gigabytes * otherRegion,
    internet: gigabytes * internet,
  };
}

/** A server that speaks S3 takes what its owner says. */
function isAws(address: StoreAddress): boolean {
  if (address.scheme !== 's3') return false;
  const { endpoint } = address.options;
  return endpoint === undefined || (URL.canParse(endpoint) && isAwsHost(new URL(endpoint).hostname));
}
