/** An organization's bucket, 500 accounts × 17 regions: listings in bounded memory, many at once, in one order. */

import { inlinePool } from '../../../ingest/threads/inline-pool';
import { discover } from '../../../plan/discover';
import { findSources } from '../../../plan/find-sources';
import { planDay } from '../../../plan/plan-day';
import type { DayPlan } from '../../../protocol/messages';
import type { RunContext } from '../../../run/context';
import { readWork } from '../../../run/versioned';
import { BATCH, type Batch } from '../../../run/work-area';
import { batchKey } from '../../../run/work-keys';
import { LOOK_AHEAD, listInOrder } from '../../../storage/list-in-order';
import type { ObjectStore } from '../../../storage/object-store';
import { DAY, memoryRun, NEVER } from '../../support/runs';
import {
  accountAt,
  type SyntheticBucket,
  type SyntheticOptions,
  syntheticBucket,
} from '../../support/synthetic-bucket';

const REGIONS = Array.from({ length: 17 }, (_, index) => `us-east-${index + 1}`);
const LANES = 16;
const PAGE = 1_000;

type Run = RunContext & { bucket: SyntheticBucket; warehouse: ObjectStore };

function runOver(options: Partial<SyntheticOptions>): Run {
  const bucket = syntheticBucket({
    accounts: 500,
    regions: REGIONS,
    kinds: ['CloudTrail'],
    days: [DAY],
    files: () => 5,
    ...options,
  });
  return { ...memoryRun({ concurrentReads: LANES }), bucket };
}

async function plan(run: Run, planId = 'plan'): Promise<DayPlan> {
  const { address } = await discover(run, { config: '', filter: {} }, NEVER);
  const input = { config: '', day: DAY, sources: address, filter: {}, groupBatches: 16, fresh: true };
  return planDay(run, inlinePool, input, { execution: 'e', planId }, NEVER);
}

async function filesOf({ warehouse }: Run, { address, batches }: DayPlan): Promise<string[]> {
  const keys: string[] = [];
  for (let index = 0; index < batches; index++)
    keys.push(...(await readWork(warehouse, batchKey(address, index), BATCH)).files.map(({ key }) => key));
  return keys;
}

describe('discovery', () => {
  it('lists a folder once, and as many at a time as allowed', async () => {
    const run = runOver({ kinds: ['CloudTrail', 'CloudTrail-Digest', 'Config'] });
    const found = await findSources(run, {}, NEVER);
    expect(found.sources).toHaveLength(500 * 2 * 17);
    expect(found.unknown).toHaveLength(500);
    // AWSLogs/, each account, and each account's two kinds; nothing of other services.
    expect(found.listings).toBe(1 + 500 + 500 * 2);
    expect(run.bucket.measured).toMatchObject({ listings: found.listings, mostAtOnce: LANES, objects: 0 });
  });

  it('lists the folders of organizations at once too', async () => {
    const organizations = Array.from({ length: 20 }, (_, index) => `o-${String(index).padStart(10, 'a')}`);
    const run = runOver({ accounts: 3, organizations, latency: 20 });
    const begin = performance.now();
    const found = await findSources(run, {}, NEVER);
    expect(found.sources).toHaveLength(20 * 3 * 17);
    // 141 listings: 20 organizations one after another would alone take 400 ms.
    expect(performance.now() - begin).toBeLessThan(141 * 20 * 0.25);
    expect(run.bucket.measured.mostAtOnce).toBe(LANES);
  });

  it('does not list folders that the filter excludes', async () => {
    const run = runOver({ kinds: ['CloudTrail', 'CloudTrail-Digest'] });
    const filter = { accounts: [accountAt(7)], kinds: ['CloudTrail'], regions: ['us-east-3'] };
    const { sources, listings } = await findSources(run, filter, NEVER);
    expect(sources).toEqual([
      {
        prefix: `AWSLogs/${accountAt(7)}/CloudTrail/us-east-3/`,
        account: accountAt(7),
        kind: 'CloudTrail',
        region: 'us-east-3',
      },
    ]);
    expect(listings).toBe(3);
  });
});

it('discover names the first few unknown folders, and none of other services', async () => {
  const run = runOver({ accounts: 9, kinds: ['Cloudtrail', 'CloudTrail', 'Config'] });
  const { unknown, surprises } = await discover(run, { config: '', filter: {} }, NEVER);
  expect(unknown).toBe(18);
  const first = Array.from({ length: 5 }, (_, index) => `AWSLogs/${accountAt(index)}/Cloudtrail/`);
  expect(surprises).toEqual({ folders: 9, first });
});

describe('the plan of a day', () => {
  it('has every file of 8,500 places once, with one listing per place', async () => {
    const run = runOver({});
    const planned = await plan(run);
    expect(planned).toMatchObject({ files: 500 * 17 * 5, bytes: 500 * 17 * 5 * 10_000 });
    const { listings, folders, mostAtOnce } = run.bucket.measured;
    expect(listings - folders).toBe(500 * 17);
    expect(mostAtOnce).toBe(LANES);
    expect(new Set(await filesOf(run, planned)).size).toBe(planned.files);
  });

  it('is the same, batch for batch, whichever listing answers first', async () => {
    const files: SyntheticOptions['files'] = ({ account, region }) =>
      account === accountAt(3) && region === 'us-east-9' ? 2_500 : (Number(account) + region.length) % 4;
    const quick = runOver({ accounts: 40, files });
    const slow = runOver({ accounts: 40, files });
    // Some listings answer much later than those after them.
    const { bucket } = slow;
    const list: ObjectStore['list'] = async function* (prefix, options) {
      if (prefix.includes('/us-east-1/')) await new Promise((resolve) => setTimeout(resolve, 20));
      yield* bucket.list(prefix, options);
    };
    const [one, two] = [
      await plan(quick),
      await plan({ ...slow, bucket: { ...bucket, measured: bucket.measured, list } }),
    ];
    // The address contains the id of the ledger, and there are two ledgers here.
    expect({ ...two, address: one.address }).toEqual(one);
    const keys = await filesOf(quick, one);
    expect(await filesOf(slow, two)).toEqual(keys);
    expect(keys).toEqual([...keys].sort((a, b) => (regionOrder(a) < regionOrder(b) ? -1 : 1)));
  });

  it('holds a bounded number of files, even if one place has 60,000 of them', async () => {
    const run = runOver({
      accounts: 60,
      files: ({ account, region }) => (region === 'us-east-1' && Number(account) % 20 === 0 ? 60_000 : 50),
    });
    let written = 0;
    let most = 0;
    const { warehouse } = run;
    const put: ObjectStore['put'] = async (key, body, options) => {
      most = Math.max(most, run.bucket.measured.objects - written);
      if (key.includes('/batch-')) written += (JSON.parse(Buffer.from(body).toString()) as Batch).files.length;
      return warehouse.put(key, body, options);
    };
    const planned = await plan({ ...run, warehouse: { ...warehouse, put } });
    expect(planned.files).toBe(3 * 60_000 + (60 * 17 - 3) * 50);
    expect(written).toBe(planned.files);
    // Waiting files, a page in flight in each lane, the page that is processed, and the batch that is filled.
    expect(most).toBeLessThanOrEqual(LOOK_AHEAD + LANES * PAGE + PAGE + 2_000);
    expect(most).toBeGreaterThan(PAGE);
  });
});

describe('many listings in order', () => {
  const pagesOf = (place: number) =>
    (async function* () {
      yield [place * 10];
      yield [place * 10 + 1];
    })();
  const all = async (pages: AsyncIterable<readonly number[]>): Promise<number[]> => {
    const found: number[] = [];
    for await (const page of pages) found.push(...page);
    return found;
  };

  it('works with only one listing at a time, and nothing ahead', async () => {
    expect(await all(listInOrder([1, 2, 3], pagesOf, { lanes: 1, lookAhead: 0 }))).toEqual([10, 11, 20, 21, 30, 31]);
    expect(await all(listInOrder([], pagesOf, { lanes: 4, lookAhead: 10 }))).toEqual([]);
  });

  it('throws what a listing throws, and starts no other after that', async () => {
    const begun: number[] = [];
    const open = (place: number) => {
      begun.push(place);
      return place === 2 ? failing() : pagesOf(place);
    };
    const failing = async function* (): AsyncGenerator<number[]> {
      yield [20];
      throw new Error('no access');
    };
    const places = Array.from({ length: 100 }, (_, index) => index);
    await expect(all(listInOrder(places, open, { lanes: 4, lookAhead: 4 }))).rejects.toThrow('no access');
    expect(begun.length).toBeLessThan(20);
  });

  it('ends open listings when the consumer stops', async () => {
    let closed = 0;
    const open = async function* (): AsyncGenerator<number[]> {
      try {
        for (;;) yield [1];
      } finally {
        closed++;
      }
    };
    for await (const _ of listInOrder([1, 2, 3], open, { lanes: 3, lookAhead: 6 })) break;
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(3);
  });
});

/** Accounts, then regions as their folders are sorted. */
function regionOrder(key: string): string {
  return key.split('/').slice(1, 4).join('/') + key.slice(key.lastIndexOf('/'));
}
