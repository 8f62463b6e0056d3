/** Upkeep makes tables small, and does not change their rows, the ledger and the audit. */
import { allTables, INGEST_ROLES } from '../../../cloudtrail/tables';
import { appendManifests } from '../../../iceberg/append';
import type { LoadedTable } from '../../../iceberg/catalog';
import { keyOf } from '../../../iceberg/location';
import { fieldByName } from '../../../iceberg/schema';
import { currentSchema } from '../../../iceberg/snapshot';
import type { DayPlan } from '../../../protocol/messages';
import { identifierOf } from '../../../run/config';
import type { RunContext } from '../../../run/context';
import { keptSinceOf } from '../../../run/retention';
import { PLANS } from '../../../run/work-keys';
import { audit, manifestOf } from '../../support/audit';
import { dayAgain } from '../../support/crashes';
import {
  commitGroup,
  filesOf,
  ingest,
  ingestWholeDay,
  memoryRun,
  placeOf,
  plan,
  records,
  rowsOf,
  snapshotsOf,
  trailFile,
  trailKey,
} from '../../support/runs';
import { allRows, upkeep, upkeepContext } from '../../support/upkeep';

const DAYS = ['2024-03-05', '2024-03-06', '2024-03-07'];
type Run = ReturnType<typeof memoryRun>;

/** Three days with several commits each: late events of the day before, repeated events, rejects, insights. */
async function filled(): Promise<Run> {
  const run = memoryRun({ batchFiles: 1, groupBatches: 1 }, allTables('aws_cloudtrail'));
  for (const [index, day] of DAYS.entries()) {
    for (let round = 0; round < 3; round++) {
      const before = DAYS[Math.max(0, index - 1)];
      const list = [
        ...records(20, `${day}T1${round}:00:00Z`, {
          userIdentity: { arn: `arn:aws:iam::111122223333:user/u${round}` },
        }),
        ...records(2, `${before}T23:5${round}:00Z`, {}, `late-${day}-${round}`),
        ...records(2, `${day}T10:00:00Z`),
        ...(round === 0 ? [7] : []),
      ];
      await run.bucket.put(trailKey(`f${round}`, { day }), trailFile(list));
      const insight = { eventName: undefined, insightDetails: { state: 'Start' }, eventCategory: 'Insight' };
      const key = trailKey(`i${round}`, { day, kind: 'CloudTrail-Insight' });
      await run.bucket.put(key, trailFile(records(1, `${day}T0${round}:00:00Z`, insight)));
      await ingestWholeDay(run, day);
    }
  }
  return run;
}

async function expectClean(run: RunContext): Promise<void> {
  for (const day of DAYS) expect((await audit(run, { day })).differences).toEqual({ count: 0, first: [] });
}

async function objectsOf({ warehouse }: RunContext): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of warehouse.list('')) keys.push(...objects.map(({ key, etag }) => `${key} ${etag}`));
  return keys;
}

const TOMORROW = 25 * 3_600_000;

test('plans are listed once, not once per table', async () => {
  const run = await filled();
  const { warehouse } = run;
  let listings = 0;
  const list: typeof warehouse.list = (prefix, options) => {
    if (prefix === PLANS) listings++;
    return warehouse.list(prefix, options);
  };
  const { tables } = await upkeep(
    upkeepContext({ ...run, warehouse: Object.assign(Object.create(warehouse), { list }) }),
  );
  expect(Object.keys(tables).length).toBeGreaterThan(3);
  // Once more at the end, to remove those that are not needed.
  expect(listings).toBe(2);
});

test('one sorted file per day remains in each table, with all rows', async () => {
  const run = await filled();
  const before = await allRows(run);
  const { tables } = await upkeep(upkeepContext(run));
  expect(await allRows(run)).toEqual(before);
  for (const role of INGEST_ROLES) {
    const days = (await filesOf(run, role)).map(({ day }) => day);
    expect([role, days.length]).toEqual([role, new Set(days).size]);
  }
  expect(tables.aws_cloudtrail.compacted).toMatchObject({ days: 3, after: { files: 3 } });
  const rows = (await rowsOf(run, 'default')) as {
    ts: unknown;
    aws: { cloudtrail: { user_identity: { arn: string } } };
  }[];
  const arns = rows.slice(0, 20).map((row) => row.aws.cloudtrail.user_identity?.arn ?? '');
  expect(arns).toEqual([...arns].sort());
  await expectClean(run);
});

test('compacted files record their sort order, and whole bounds of ids and ARNs', async () => {
  const run = await filled();
  await upkeep(upkeepContext(run));
  const table = await run.catalog.loadTable(identifierOf(run.config, 'default'));
  const fields = currentSchema((table as LoadedTable).metadata);
  const arn = fieldByName(fields, 'aws.cloudtrail.user_identity.arn')?.id as number;
  for (const { sortOrderId, lowerBounds } of await filesOf(run, 'default')) {
    expect(sortOrderId).toBe((table as LoadedTable).metadata['default-sort-order-id']);
    expect(Buffer.from(lowerBounds[arn], 'base64').toString()).toMatch(/^arn:aws:iam::111122223333:user\/u\d$/);
  }
});

test('a second upkeep finds nothing to do', async () => {
  const run = await filled();
  await upkeep(upkeepContext(run));
  await upkeep(upkeepContext(run));
  const objects = await objectsOf(run);
  const { tables } = await upkeep(upkeepContext(run));
  for (const done of Object.values(tables))
    expect(done.compacted.days + done.snapshotsExpired + done.unused.files).toBe(0);
  expect(await objectsOf(run)).toEqual(objects);
});

test('without old snapshots, nothing is ingested twice, and late files and repeated events are treated as before', async () => {
  const run = await filled();
  await upkeep(upkeepContext(run));
  for (const role of INGEST_ROLES) expect(await snapshotsOf(run, role)).toBeLessThanOrEqual(1);
  const before = await allRows(run);
  for (const day of DAYS) expect((await ingestWholeDay(run, day)).files).toBe(0);
  expect(await allRows(run)).toEqual(before);
  await run.bucket.put(
    trailKey('late', { day: DAYS[1] }),
    trailFile([...records(3, `${DAYS[0]}T04:00:00Z`, {}, 'new'), ...records(20, `${DAYS[1]}T10:00:00Z`)]),
  );
  expect(await ingestWholeDay(run, DAYS[1])).toMatchObject({ files: 1, events: 3, duplicates: 20 });
  await expectClean(run);
  await upkeep(upkeepContext(run));
  await expectClean(run);
  expect(await rowsOf(run, 'default')).toHaveLength(before.default.length + 3);
});

test('only what the tables use remains, and the event lists of their files', async () => {
  const run = await filled();
  await upkeep(upkeepContext(run));
  await upkeep(upkeepContext(run, {}, Date.now() + 4 * TOMORROW));
  const used = new Set<string>();
  for (const role of INGEST_ROLES)
    for (const { path } of await filesOf(run, role)) used.add(keyOf(run.warehouse, path));
  const keys = (await objectsOf(run)).map((line) => line.split(' ')[0]);
  expect(keys.filter((key) => key.includes('/data/')).sort()).toEqual([...used].sort());
  const lists = keys.filter((key) => key.startsWith('_trailmill/event-ids/'));
  const names = [...used].map((key) => `_trailmill/event-ids/${key.slice(key.lastIndexOf('/') + 1)}.list`);
  expect(lists.filter((list) => !names.includes(list))).toEqual([]);
  expect(lists.length).toBeGreaterThan(0);
});

test('a dry run changes nothing, and reports what would be done', async () => {
  const run = await filled();
  const objects = await objectsOf(run);
  const dry = await upkeep(upkeepContext(run), { dryRun: true });
  expect(await objectsOf(run)).toEqual(objects);
  const { tables } = await upkeep(upkeepContext(run));
  for (const [name, { compacted }] of Object.entries(tables)) {
    expect([name, dry.tables[name].compacted.days]).toEqual([name, compacted.days]);
    expect(dry.tables[name].compacted.before).toEqual(compacted.before);
    expect(dry.tables[name].compacted.after.files).toBe(compacted.after.files);
  }
});

describe('a plan that is not committed yet', () => {
  const [day] = DAYS;
  const LONG_AFTER = 400 * TOMORROW;

  async function paused(): Promise<{ run: Run; of: DayPlan; result: string }> {
    const run = memoryRun({ batchFiles: 1, groupBatches: 1 });
    await run.bucket.put(trailKey('a', { day }), trailFile(records(3, `${day}T10:00:00Z`)));
    await run.bucket.put(trailKey('b', { day }), trailFile(records(3, `${day}T11:00:00Z`)));
    const of = await plan(run, day);
    await commitGroup(run, of, [(await ingest(run, of, 0)).result], { group: 0, day });
    return { run, of, result: (await ingest(run, of, 1)).result };
  }

  test('keeps its files, however old they are', async () => {
    const { run, of, result } = await paused();
    const before = (await objectsOf(run)).filter((line) => line.includes('/data/'));
    await upkeep(upkeepContext(run, { keepSnapshots: 20 }, Date.now() + LONG_AFTER));
    expect(await objectsOf(run)).toEqual(expect.arrayContaining(before));
    await commitGroup(run, of, [result], { group: 1, day });
    expect(await rowsOf(run, 'default')).toHaveLength(6);
    expect((await audit(run, { day })).differences.count).toBe(0);
  });

  test('is made again if it is no longer known what was committed since', async () => {
    const { run, of, result } = await paused();
    await upkeep(upkeepContext(run, {}, Date.now() + LONG_AFTER));
    await expect(commitGroup(run, of, [result], { group: 1, day })).rejects.toMatchObject({ name: 'PlanOutdated' });
    await dayAgain(run, day, 'goes on');
    expect(await rowsOf(run, 'default')).toHaveLength(6);
    expect((await audit(run, { day })).differences.count).toBe(0);
  });
});

describe('retention', () => {
  /** At this time, the first of the days is the only one that is older than a year. */
  const LATER = Date.parse('2025-03-06T12:00:00Z');
  const keep = { retentionDays: { default: 365, rejects: 365 } };

  test('removes old days, which are not ingested again, and audits take it into account', async () => {
    const run = await filled();
    const before = (await rowsOf(run, 'default')) as { ts: bigint }[];
    const { tables } = await upkeep(upkeepContext(run, keep, LATER));
    expect(tables.aws_cloudtrail.dropped.days).toBe(1);
    const limit = Date.parse('2024-03-06T00:00:00Z');
    const remaining = before.filter(({ ts }) => Number(ts) >= limit).length;
    expect(await rowsOf(run, 'default')).toHaveLength(remaining);
    expect(tables.aws_cloudtrail.dropped.rows).toBe(before.length - remaining);
    expect((await ingestWholeDay(run, DAYS[0])).files).toBe(0);
    await expectClean(run);
    const ledger = await run.catalog.loadTable(identifierOf(run.config, 'ledger'));
    expect([...keptSinceOf(ledger)]).toEqual([
      ['default', '2024-03-06'],
      ['rejects', '2024-03-06'],
    ]);
  });

  test('extra rows of a removed day are still a difference', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('a', { day: DAYS[0] }), trailFile(records(3, `${DAYS[0]}T10:00:00Z`)));
    await ingestWholeDay(run, DAYS[0]);
    const old = await filesOf(run, 'default');
    await upkeep(upkeepContext(run, { ...keep, keepSnapshots: 1_000, compactAfterDays: 10_000 }, LATER));
    const place = placeOf(run, 'default');
    for (const commitId of ['once', 'twice']) {
      const manifests = [await manifestOf(place, old)];
      await appendManifests({ ...place, commitId, manifests });
      const { differences } = await audit(run, { day: DAYS[0] });
      expect(differences.count > 0).toBe(commitId === 'twice');
    }
  });
});
