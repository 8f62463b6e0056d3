/** Estimates the S3 requests of a backfill and their price, with the formulas in docs/cli.md. */
import { S3_PRICES } from '../../aws/prices.js';
import { isAwsHost } from '../../aws/regions.js';
import type { IngestSettings } from '../../config/settings.js';
import { PIECE_BYTES } from '../../ingest/pieces.js';
import type { StoreAddress } from '../../storage/address.js';
import type { DaySum } from './sums.js';

/** Numbers of requests to object stores, by type. */
export interface Requests {
  /**
   * To the bucket: each folder once; for each place its years, and the months and days of the range; each place once per day, plus
   * once for each further page of 1,000 keys.
   */
  list: number;
  /** To the bucket: one per file that is read. */
  get: number;
  /** To the warehouse, estimated. */
  put: number;
}

type Sizes = Pick<IngestSettings, 'batchBytes' | 'batchFiles' | 'chunkBytes' | 'groupBatches'>;

/** Estimates the requests of a backfill of the surveyed days. */
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
 * A day is split into batches, and a batch into chunks; commits group batches. With `t` tables that the day is written to: the
 * plan is one object, plus one per batch; a batch has a result and `t` manifests; a chunk has one part; each of its pieces has two
 * data files per table (events of that day and of the day before), each with its event ids; a commit is announced, made in `t` tables and
 * entered in the ledger: manifest lists, metadata, hints, deletes.
 */
function writesOf({ left, read, tables }: DaySum, ingest: Sizes): number {
  if (left.files === 0) return 0;
  const batches = Math.max(Math.ceil(left.files / ingest.batchFiles), Math.ceil(read.bytes / ingest.batchBytes));
  const chunks = Math.max(batches, Math.ceil(read.bytes / ingest.chunkBytes));
  const commits = Math.ceil(batches / ingest.groupBatches);
  const t = tables.size;
  const pieces = Math.max(chunks, Math.ceil(read.bytes / PIECE_BYTES));
  return 1 + batches * (2 + t) + chunks + pieces * 4 * t + commits * (9 + 5 * t);
}

/** US dollars, at list prices. `null`: AWS charges nothing for it. */
export interface Price {
  list: number | null;
  get: number | null;
  put: number | null;
  total: number;
  currency: 'USD';
  /** Region, date and source of the prices. */
  region: string;
  asOf: string;
  source: string;
}

/** The price of the requests; `null` if neither the bucket nor the warehouse is in AWS. */
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

/** The cost of data transfer to a worker in US dollars, by the location of the worker. */
export interface Transfer {
  /** The region of the bucket; `null`: unknown. */
  region: string | null;
  sameRegion: 0;
  otherRegion: number;
  internet: number;
}

/** The transfer costs of the bytes; `null` if the bucket is not in AWS. */
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

/** Other S3-compatible servers have their own prices. */
function isAws(address: StoreAddress): boolean {
  if (address.scheme !== 's3') return false;
  const { endpoint } = address.options;
  return endpoint === undefined || (URL.canParse(endpoint) && isAwsHost(new URL(endpoint).hostname));
}
