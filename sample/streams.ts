/** An account in a region: CloudTrail delivers its files under one prefix per kind. */
import { dayPrefix } from '../cloudtrail/object-key.js';
import { isoDay } from './clock.js';
import type { Account } from './principals.js';
import type { Random } from './random.js';

/** Where the files of an account in a region are delivered. */
export interface StreamPlace {
  account: Pick<Account, 'id'>;
  region: string;
  /** `AWSLogs/`, followed by the organization id for an organization trail. */
  root: string;
}

/** An account in a region, and its share of all events. */
export interface Stream extends StreamPlace {
  account: Account;
  /** Its share of all events; the shares add up to 1. */
  share: number;
  random: Random;
}

/** The regions of a sample, busiest first. */
export const SAMPLE_REGIONS = [
  'us-east-1',
  'eu-west-1',
  'ap-southeast-2',
  'sa-east-1',
  'eu-central-1',
  'us-west-2',
  'ap-northeast-1',
  'ca-central-1',
] as const;

/** Creates the streams of all accounts and regions. The first accounts and regions have most of the events. */
export function streamsOf(random: Random, accounts: readonly Account[], regions: number, root: string): Stream[] {
  const streams = accounts.flatMap((account, a) =>
    SAMPLE_REGIONS.slice(0, regions).map((region, r) => ({
      account,
      region,
      root,
      share: 1 / ((a + 2) * (r + 1)),
      random: random.fork(`${account.id}/${region}`),
    })),
  );
  const total = streams.reduce((sum, { share }) => sum + share, 0);
  for (const stream of streams) stream.share /= total;
  return streams;
}

/** Returns the key of a file that is delivered at `time` (milliseconds since the epoch). */
export function datedKey({ root, account, region }: StreamPlace, kind: string, time: number, name: string): string {
  return `${dayPrefix({ prefix: `${root}${account.id}/${kind}/${region}/` }, isoDay(time))}${name}`;
}
