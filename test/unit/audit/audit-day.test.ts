/** Bucket = ledger = tables: what an audit finds, and what is not a difference. */
import { appendManifests } from '../../../iceberg/append';
import { readAvro, writeAvro } from '../../../iceberg/avro';
import { keyOf } from '../../../iceberg/location';
import type { ObjectStore } from '../../../storage/object-store';
import { audit, filled, kindsOf, type Run, replaceManifests, rewriteLedger, swapFiles } from '../../support/audit';
import { commitCutAt } from '../../support/crashes';
import { deleteRows, writeDeletes } from '../../support/deletes';
import {
  ACCOUNT,
  commitGroup,
  DAY,
  filesOf,
  ingest,
  ingestWholeDay,
  memoryRun,
  placeOf,
  plan,
  records,
  trailFile,
  trailKey,
} from '../../support/runs';

/** A commit that is cut before the ledger. */
async function halfCommitted(run: Run): Promise<void> {
  const dayPlan = await plan(run);
  const { result } = await ingest(run, dayPlan, 0);
  await commitCutAt('aws_cloudtrail_files/data', run, dayPlan, [result]);
}

describe('an audit', () => {
  it('of a finished day is clean, with the counts of both sides by account, region and kind', async () => {
    const { differences, groups, quarantined, replaced } = await audit(await filled());
    expect(differences).toEqual({ count: 0, first: [] });
    const none = {
      day: DAY,
      account: ACCOUNT,
      quarantined: 0,
      skipped: 0,
      gone: 0,
      replaced: 0,
      duplicates: 0,
      dropped: 0,
    };
    const noRejects = { rejects: 0, rejectRows: 0 };
    expect(groups).toEqual([
      {
        ...none,
        region: 'eu-west-1',
        kind: 'CloudTrail',
        listed: 1,
        ingested: 1,
        records: 4,
        rows: 4,
        rejects: 1,
        rejectRows: 1,
      },
      {
        ...none,
        region: 'us-east-1',
        kind: 'CloudTrail',
        listed: 3,
        ingested: 2,
        quarantined: 1,
        records: 3,
        rows: 3,
        ...noRejects,
      },
      {
        ...none,
        region: 'us-east-1',
        kind: 'CloudTrail-Digest',
        listed: 1,
        ingested: 0,
        skipped: 1,
        records: 0,
        rows: 0,
        ...noRejects,
      },
      {
        ...none,
        region: 'us-east-1',
        kind: 'CloudTrail-Insight',
        listed: 1,
        ingested: 1,
        records: 2,
        rows: 2,
        ...noRejects,
      },
    ]);
    expect(quarantined).toMatchObject({ count: 1, first: [{ day: DAY, key: trailKey('broken') }] });
    expect(quarantined.first[0].reason).toMatch(/^quarantined: \w+: /);
    expect(replaced.count).toBe(0);
  });

  it('of a day that was not ingested names every object', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('a'), trailFile(records(1)));
    await run.bucket.put(trailKey('b'), trailFile(records(1)));
    const report = await audit(run);
    expect(kindsOf(report)).toEqual(['missing_in_ledger a', 'missing_in_ledger b']);
    expect(report.differences.first[0]).toMatchObject({
      day: DAY,
      subject: trailKey('a'),
      ledger: null,
      cure: /backfill/,
    });
  });

  it('covers what the filter and the key pattern select, on both sides', async () => {
    const run = await filled();
    await run.bucket.put(trailKey('late', { region: 'eu-west-1' }), trailFile(records(1)));
    await run.bucket.delete(trailKey('one'));
    expect(kindsOf(await audit(run, { filter: { regions: ['us-east-1'] } }))).toEqual(['missing_in_bucket one']);
    expect(kindsOf(await audit(run, { filter: { regions: ['eu-west-1'] } }))).toEqual(['missing_in_ledger late']);
    expect(kindsOf(await audit(run, { filter: { kinds: ['CloudTrail-Insight'] } }))).toEqual([]);
    const narrow = { ...run, config: { ...run.config, keyPattern: '_two\\.' } };
    expect((await audit(narrow)).groups).toMatchObject([{ region: 'eu-west-1', listed: 1, ingested: 1, rows: 4 }]);
  });

  it('distinguishes the files of other days', async () => {
    const run = await filled();
    const other = '2024-03-06';
    await run.bucket.put(trailKey('other', { day: other }), trailFile(records(5)));
    await ingestWholeDay(run, other);
    expect([kindsOf(await audit(run)), kindsOf(await audit(run, { day: other }))]).toEqual([[], []]);
    await run.bucket.delete(trailKey('other', { day: other }));
    expect([kindsOf(await audit(run)), kindsOf(await audit(run, { day: other }))]).toEqual([
      [],
      ['missing_in_bucket other'],
    ]);
  });

  it('accepts a replaced object: rows of both versions, and a note', async () => {
    const run = await filled();
    await run.bucket.put(trailKey('one'), trailFile(records(9)));
    expect(kindsOf(await audit(run))).toEqual(['missing_in_ledger one']);
    await ingestWholeDay(run);
    const report = await audit(run);
    expect(kindsOf(report)).toEqual([]);
    expect(report.replaced).toMatchObject({
      count: 1,
      first: [{ key: trailKey('one'), reason: 'ingested, 3 records' }],
    });
    expect(report.groups[1]).toMatchObject({
      listed: 3,
      ingested: 2,
      quarantined: 1,
      replaced: 1,
      records: 9,
      rows: 9,
      duplicates: 3,
    });
  });

  it('accepts objects that were deleted or replaced before they were read', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('gone'), trailFile(records(1)));
    await run.bucket.put(trailKey('replaced'), trailFile(records(1)));
    const dayPlan = await plan(run);
    await run.bucket.delete(trailKey('gone'));
    await run.bucket.put(trailKey('replaced'), trailFile(records(9)));
    const { result } = await ingest(run, dayPlan, 0);
    await commitGroup(run, dayPlan, [result]);
    expect(kindsOf(await audit(run))).toEqual(['missing_in_ledger replaced']);
    await ingestWholeDay(run);
    expect(kindsOf(await audit(run))).toEqual([]);
    await run.bucket.put(trailKey('another', { day: '2024-03-06' }), trailFile([]));
    await run.bucket.delete(trailKey('replaced'));
    expect(kindsOf(await audit(run))).toEqual(['missing_in_bucket replaced']);
  });

  it('uses the last attempt as the state of an object, and counts records that were already in the table', async () => {
    const run = await filled();
    const [file] = (await filesOf(run, 'default')).filter(({ rows }) => rows === 5);
    await deleteRows(placeOf(run, 'default'), 'repeats', [{ file, positions: [4] }]);
    expect(kindsOf(await audit(run))).toEqual(['rows_differ one']);
    await rewriteLedger(run, (rows) =>
      rows.flatMap((row) => {
        if (!row.key.includes('_one.')) return [row];
        const earlier = { ...row, status: 'quarantined' as const, records: 0, error: 'too_large: once' };
        return [{ ...row, records: row.records - 1, duplicates: 1, attempt: 2 }, earlier];
      }),
    );
    const report = await audit(run);
    expect(kindsOf(report)).toEqual([]);
    expect(report.groups[1]).toMatchObject({ ingested: 2, quarantined: 1, records: 2, rows: 2, duplicates: 1 });
  });

  it('finds an object that the ledger has twice', async () => {
    const run = await filled();
    await rewriteLedger(run, (rows) => [...rows, ...rows.filter(({ key }) => /_(empty|broken)\./.test(key))]);
    expect(kindsOf(await audit(run))).toEqual(['twice_in_ledger broken', 'twice_in_ledger empty']);
  });

  it('reads the files of commits that are no longer known', async () => {
    const run = await filled();
    // A compaction: the same files, in a manifest of a snapshot without a delivery day.
    await swapFiles(run, 'default', await filesOf(run, 'default'));
    await replaceManifests(placeOf(run, 'default'), (entries) =>
      entries.map((entry) => ({ ...entry, added_snapshot_id: 1n })),
    );
    expect(kindsOf(await audit(run))).toEqual([]);
    await swapFiles(run, 'default', (await filesOf(run, 'default')).slice(1));
    await replaceManifests(placeOf(run, 'default'), (entries) =>
      entries.map((entry) => ({ ...entry, added_snapshot_id: 1n })),
    );
    expect((await audit(run)).differences.count).toBeGreaterThan(0);
  });

  it('finds a commit that stopped before the ledger, until it is completed', async () => {
    const run = await filled();
    await run.bucket.put(trailKey('late'), trailFile(records(2, undefined, {}, 'late')));
    await halfCommitted(run);
    const report = await audit(run);
    expect(kindsOf(report)).toEqual([
      expect.stringMatching(/^half_commit/),
      'missing_in_ledger late',
      'unknown_rows late',
    ]);
    await plan(run);
    expect(kindsOf(await audit(run))).toEqual([]);
  });

  it('compares again if another writer has committed in the meantime', async () => {
    const run = await filled();
    await run.bucket.put(trailKey('late'), trailFile(records(2, undefined, {}, 'late')));
    const list = run.bucket.list.bind(run.bucket);
    let commits = 1;
    const racing = {
      ...run,
      bucket: Object.assign(Object.create(run.bucket) as ObjectStore, {
        async *list(...of: Parameters<ObjectStore['list']>) {
          if (of[0].includes('/2024/') && commits-- > 0) await ingestWholeDay(run);
          yield* list(...of);
        },
      }),
    };
    expect(kindsOf(await audit(racing))).toEqual([]);
  });

  it('refuses a table with equality deletes, and tells the user what to do', async () => {
    const run = await filled();
    const place = placeOf(run, 'default');
    const [file] = await filesOf(run, 'default');
    const manifest = await writeDeletes(place, 'by value', [{ file, positions: [0] }]);
    const key = keyOf(run.warehouse, manifest.path);
    const { schema, metadata, records: entries } = readAvro((await run.warehouse.get(key)).body);
    const byValue = entries.map((entry) => ({ ...entry, data_file: { ...(entry.data_file as object), content: 2 } }));
    const bytes = writeAvro(schema, metadata, byValue);
    await run.warehouse.put(key, bytes);
    await appendManifests({ ...place, commitId: 'by value', manifests: [{ ...manifest, length: bytes.length }] });
    await expect(audit(run)).rejects.toMatchObject({
      name: 'TableUnusable',
      message: expect.stringContaining('equality-delete'),
      cure: expect.stringContaining('position deletes'),
    });
  });
});
