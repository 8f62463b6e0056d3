/** One account in one region: what CloudTrail delivers for it goes under one prefix for each kind. */
import { dayPrefix } from '../cloudtrail/object-key.js';
import { isoDay } from './clock.js';
import type { Account } from './principals.js';
import type { Random } from './random.js';

/** An account in a region, and its part of all events. */
export interface Stream {
  account: Account;
  region: string;
  /** `AWSLogs/` and, for an organization trail, its id. */
  root: string;
  /** Its part of all events; the parts add up to 1. */
  share: number;
  random: Random;
}

/** The regions that a sample can have, the busiest first. */
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

/** The first accounts and regions are the busy ones, as they are everywhere. */
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

/** The key of a file that is delivered at `time`. */
export function datedKey({ root, account, region }: Stream, kind: string, time: number, name: string): string {
  return `${dayPrefix({ prefix: `${root}${account.id}/${kind}/${region}/` }, isoDay(time))}${name}`;
}
