import { gzipSync } from 'node:zlib';
import { allTables, defaultTables } from '../../../cloudtrail/tables';
import { announcedCommits } from '../../../commit/commit';
import { evolveTable } from '../../../iceberg/evolve-table';
import { fieldByName, schemaOf } from '../../../iceberg/schema';
import { currentSchema } from '../../../iceberg/snapshot';
import type { ColumnSpec } from '../../../iceberg/types';
import type { BatchProgress } from '../../../ingest/batch';
import { ensureTables } from '../../../run/context';
import { readWork } from '../../../run/versioned';
import { BATCH } from '../../../run/work-area';
import { batchKey } from '../../../run/work-keys';
import { commitCutAt } from '../../support/crashes';
import {
  ACCOUNT,
  commitGroup,
  DAY,
  filesOf,
  ingest,
  ingestWholeDay,
  manifestsOf,
  memoryRun,
  plan,
  records,
  rowsOf,
  snapshotsOf,
  trailFile,
  trailKey,
} from '../../support/runs';

describe('a day of CloudTrail files', () => {
  it('becomes rows that name the file and the record that they came from', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await run.bucket.put(trailKey('two'), trailFile(records(2, `${DAY}T13:00:00Z`)));
    expect(await ingestWholeDay(run)).toMatchObject({ files: 2, events: 5, rejects: 0, quarantined: 0, skipped: 0 });
    const rows = await rowsOf(run, 'default');
    const origin = rows.map((row) => {
      const aws = row.aws as { cloudtrail: { record_index: number } };
      return [(row.log as { file: { path: string } }).file.path, aws.cloudtrail.record_index];
    });
    const one = `memory://bucket/${trailKey('one')}`;
    const two = `memory://bucket/${trailKey('two')}`;
    expect(origin.sort()).toEqual([
      [one, 0],
      [one, 1],
      [one, 2],
      [two, 0],
      [two, 1],
    ]);
  });

  it('is entered in the ledger, every object once, with counts that add up to the tables', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('good'), trailFile(records(4)));
    await run.bucket.put(
      trailKey('mixed'),
      trailFile([...records(2, undefined, {}, 'mixed'), 7, { eventName: 'NoTime' }]),
    );
    await run.bucket.put(trailKey('empty'), trailFile([]));
    await run.bucket.put(trailKey('broken'), Buffer.from('not gzip, not JSON'));
    await run.bucket.put(trailKey('digest', { kind: 'CloudTrail-Digest' }), trailFile([]));
    await ingestWholeDay(run);
    const ledger = await rowsOf(run, 'ledger');
    expect(
      ledger.map((row) => [String(row.key).split('_').pop(), row.status, row.records, row.rejects]).sort(),
    ).toEqual([
      ['broken.json.gz', 'quarantined', 0, 0],
      ['digest.json.gz', 'skipped', 0, 0],
      ['empty.json.gz', 'ingested', 0, 0],
      ['good.json.gz', 'ingested', 4, 0],
      ['mixed.json.gz', 'ingested', 2, 2],
    ]);
    expect(await rowsOf(run, 'default')).toHaveLength(6);
    const rejects = await rowsOf(run, 'rejects');
    expect(rejects.map((row) => [row.record_index, row.reason, row.raw])).toEqual([
      [2, 'not_an_object', '7'],
      [3, 'no_event_time', '{"eventName":"NoTime"}'],
    ]);
  });

  it.each([
    ['corrupt gzip', Buffer.concat([trailFile(records(1)).subarray(0, 40)]), 'corrupt_gzip'],
    ['truncated JSON', gzipSync('{"Records":[{"eventTime":'), 'invalid_json'],
    ['another kind of JSON', gzipSync('{"hello":"world"}'), 'not_a_trail_file'],
    ['a decompression bomb', gzipSync(Buffer.alloc(3 << 20, 32)), 'too_large'],
  ])('quarantines %s with its reason, and continues', async (_what, body, reason) => {
    const run = memoryRun();
    await run.bucket.put(trailKey('bad'), body);
    await run.bucket.put(trailKey('good'), trailFile(records(2)));
    expect(await ingestWholeDay(run)).toMatchObject({ files: 2, events: 2, quarantined: 1 });
    const bad = (await rowsOf(run, 'ledger')).find((row) => row.status === 'quarantined');
    expect(bad?.error).toMatch(new RegExp(`^${reason}: `));
  });

  it('quarantines an object that was replaced or deleted after it was listed', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('gone'), trailFile(records(1)));
    await run.bucket.put(trailKey('replaced'), trailFile(records(1)));
    const dayPlan = await plan(run);
    await run.bucket.delete(trailKey('gone'));
    await run.bucket.put(trailKey('replaced'), trailFile(records(9)));
    const { result, totals } = await ingest(run, dayPlan, 0);
    await commitGroup(run, dayPlan, [result]);
    expect(totals).toMatchObject({ files: 2, events: 0, quarantined: 2 });
    const errors = (await rowsOf(run, 'ledger')).map((row) => String(row.error).split(':')[0]);
    expect(errors.sort()).toEqual(['object_changed', 'object_not_found']);
    // The new content has an ETag that the ledger does not have: the next run ingests it.
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 9 });
  });

  it('is not read twice: a second run plans nothing and creates no snapshot', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await run.bucket.put(trailKey('digest', { kind: 'CloudTrail-Digest' }), trailFile([]));
    await ingestWholeDay(run);
    expect(await plan(run)).toMatchObject({ batches: 0, files: 0 });
    await ingestWholeDay(run);
    expect([await snapshotsOf(run, 'default'), await snapshotsOf(run, 'ledger')]).toEqual([1, 2]);
  });

  it('ingests a late file, and only that one, in the next run', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await ingestWholeDay(run);
    await run.bucket.put(trailKey('aaa-late'), trailFile(records(1, undefined, {}, 'late')));
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 1 });
    expect(await rowsOf(run, 'default')).toHaveLength(4);
  });

  it('writes events to the partition of their own day, however late the file', async () => {
    const run = memoryRun();
    await run.bucket.put(
      trailKey('late'),
      trailFile([...records(2, '2024-03-01T23:59:59Z'), ...records(1), ...records(1, '2024-03-01T01:00:00Z')]),
    );
    await ingestWholeDay(run);
    const { default: table } = await ensureTables(run);
    expect(table?.metadata.snapshots[0].summary['changed-partition-count']).toBe('3');
    expect(await rowsOf(run, 'default')).toHaveLength(4);
  });
});

describe('Insights and digests', () => {
  const insight = {
    eventName: undefined,
    insightDetails: { state: 'Start', eventName: 'PutObject' },
    eventCategory: 'Insight',
  };
  const digest = { digestEndTime: `${DAY}T12:00:00Z`, awsAccountId: ACCOUNT, logFiles: [] };

  async function fill(run: ReturnType<typeof memoryRun>): Promise<void> {
    await run.bucket.put(trailKey('trail'), trailFile(records(3)));
    await run.bucket.put(
      trailKey('insight', { kind: 'CloudTrail-Insight' }),
      trailFile(records(2, undefined, insight)),
    );
    await run.bucket.put(trailKey('digest', { kind: 'CloudTrail-Digest' }), gzipSync(JSON.stringify(digest)), {
      metadata: { signature: '5a5a', 'signature-algorithm': 'SHA256withRSA' },
    });
  }

  it('become rows of their tables, a digest with the signature of its object', async () => {
    const run = memoryRun({}, allTables('aws_cloudtrail'));
    await fill(run);
    expect(await ingestWholeDay(run)).toMatchObject({ files: 3, events: 6, rejects: 0, quarantined: 0, skipped: 0 });
    expect(await rowsOf(run, 'default')).toHaveLength(3);
    const insights = await rowsOf(run, 'insights');
    expect(insights).toHaveLength(2);
    expect(insights[0]).toMatchObject({
      event: { kind: 'alert', action: 'PutObject' },
      aws: { cloudtrail: { insight_details: { state: 'Start', event_name: 'PutObject' } } },
    });
    const [row, ...others] = await rowsOf(run, 'digest');
    expect(others).toEqual([]);
    const ledger = await rowsOf(run, 'ledger');
    expect(row).toMatchObject({
      cloud: { account: { id: ACCOUNT }, region: 'us-east-1' },
      aws: {
        cloudtrail: { digest: { signature: '5a5a', metadata_signature_algorithm: 'SHA256withRSA', log_files: [] } },
      },
      file: { hash: { sha256: ledger.find(({ table }) => table === 'digest')?.sha256 } },
    });
    expect(ledger.map(({ table, records: count }) => [table, count]).sort()).toEqual([
      ['default', 3],
      ['digest', 1],
      ['insights', 2],
    ]);
  });

  it('are skipped without their tables, and ingested once these exist', async () => {
    const before = memoryRun();
    await fill(before);
    expect(await ingestWholeDay(before)).toMatchObject({ files: 3, events: 3, skipped: 2 });
    const after = { ...before, config: { ...before.config, tables: allTables('aws_cloudtrail') } };
    expect(await ingestWholeDay(after)).toMatchObject({ files: 2, events: 3, skipped: 0 });
    expect(await plan(after)).toMatchObject({ files: 0 });
    // Ingested files remain done when the table is no longer configured.
    expect(await plan(before)).toMatchObject({ files: 0 });
  });

  it('are not lost if a run without their tables finds their commit half done', async () => {
    const run = memoryRun({}, allTables('aws_cloudtrail'));
    await run.bucket.put(
      trailKey('insight', { kind: 'CloudTrail-Insight' }),
      trailFile(records(2, undefined, insight)),
    );
    const dayPlan = await plan(run);
    const { result } = await ingest(run, dayPlan, 0);
    await commitCutAt('aws_cloudtrail_files/data', run, dayPlan, [result]);
    const other = { ...run, config: { ...run.config, tables: defaultTables('aws_cloudtrail') } };
    expect(await plan(other)).toMatchObject({ files: 0 });
    expect(await rowsOf(run, 'ledger')).toMatchObject([{ status: 'ingested', table: 'insights', records: 2 }]);
  });

  it('are quarantined if their content does not match their key', async () => {
    const run = memoryRun({}, allTables('aws_cloudtrail'));
    await run.bucket.put(trailKey('a', { kind: 'CloudTrail-Digest' }), trailFile(records(1)));
    await run.bucket.put(trailKey('b'), gzipSync(JSON.stringify(digest)));
    expect(await ingestWholeDay(run)).toMatchObject({ files: 2, events: 0, quarantined: 2 });
    const errors = (await rowsOf(run, 'ledger')).map(({ error }) => String(error).split(':')[0]);
    expect(errors.sort()).toEqual(['not_a_digest', 'not_a_trail_file']);
  });
});

describe('planning', () => {
  it('limits batches by count and by bytes, each file in one of them', async () => {
    const run = memoryRun({ batchFiles: 3 });
    for (let i = 0; i < 8; i++) await run.bucket.put(trailKey(`f${i}`), trailFile(records(1)));
    const dayPlan = await plan(run);
    const sizes = [];
    const keys = new Set<string>();
    for (let index = 0; index < dayPlan.batches; index++) {
      const batch = await readWork(run.warehouse, batchKey(dayPlan.address, index), BATCH);
      sizes.push(batch.files.length);
      for (const file of batch.files) keys.add(file.key);
    }
    expect([sizes, keys.size, dayPlan.files]).toEqual([[3, 3, 2], 8, 8]);
  });

  it('follows the filters for account, region and kind', async () => {
    const run = memoryRun();
    const places = [
      { account: '111111111111', region: 'us-east-1', kind: 'CloudTrail' },
      { account: '222222222222', region: 'eu-west-1', kind: 'CloudTrail' },
      { account: '222222222222', region: 'us-east-1', kind: 'CloudTrail-NetworkActivity' },
    ];
    for (const place of places) await run.bucket.put(trailKey('x', place), trailFile(records(1)));
    const count = async (filter: object): Promise<number> => (await plan(run, DAY, filter)).files;
    expect(await count({})).toBe(3);
    expect(await count({ accounts: ['222222222222'] })).toBe(2);
    expect(await count({ regions: ['us-east-1'] })).toBe(2);
    expect(await count({ accounts: ['222222222222'], kinds: ['CloudTrail'] })).toBe(1);
  });

  it('finds organization trails, and reports unknown folders', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('x').replace('AWSLogs/', 'AWSLogs/o-abcdefghij/'), trailFile(records(1)));
    await run.bucket.put('AWSLogs/111122223333/elasticloadbalancing/us-east-1/2024/03/05/lb.log.gz', Buffer.from('x'));
    expect((await plan(run)).files).toBe(1);
  });
});

describe('interrupted work', () => {
  it('continues after the last chunk that was written, and never reads a finished batch again', async () => {
    const run = memoryRun({ chunkBytes: 1 });
    for (const name of ['a', 'b', 'c'])
      await run.bucket.put(trailKey(name), trailFile(records(2, undefined, {}, name)));
    const dayPlan = await plan(run);
    const beats: BatchProgress[] = [];
    await expect(
      ingest(run, dayPlan, 0, (progress) => {
        beats.push(progress);
        if (progress.done === 2) throw new Error('the worker dies here');
      }),
    ).rejects.toThrow('the worker dies here');
    expect(beats).toEqual([0, 1, 2].map((done) => ({ done, files: 3 })));
    // The first two are written, so they are not read again.
    for (const name of ['a', 'b']) await run.bucket.delete(trailKey(name));
    const resumed = await ingest(run, dayPlan, 0);
    expect(resumed.totals).toMatchObject({ files: 3, events: 6, quarantined: 0 });
    // The whole batch is done, so nothing of it is read again.
    await run.bucket.delete(trailKey('c'));
    expect(await ingest(run, dayPlan, 0)).toEqual(resumed);
    await commitGroup(run, dayPlan, [resumed.result]);
    expect(await rowsOf(run, 'default')).toHaveLength(6);
  });

  it('commits a group once, however often the activity runs', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile([...records(3), 1]));
    const dayPlan = await plan(run);
    const { result } = await ingest(run, dayPlan, 0);
    const first = await commitGroup(run, dayPlan, [result]);
    expect(await commitGroup(run, dayPlan, [result])).toEqual(first);
    expect(await rowsOf(run, 'default')).toHaveLength(3);
    expect(await rowsOf(run, 'rejects')).toHaveLength(1);
    expect(await rowsOf(run, 'ledger')).toHaveLength(1);
  });

  it('completes a commit that stopped between the data and the ledger, before it plans', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile([...records(3), 1]));
    const dayPlan = await plan(run);
    const { result } = await ingest(run, dayPlan, 0);
    await commitCutAt('aws_cloudtrail_files/data', run, dayPlan, [result]);
    expect([await snapshotsOf(run, 'default'), await snapshotsOf(run, 'ledger')]).toEqual([1, 1]);
    expect(await plan(run)).toMatchObject({ files: 0 });
    expect(await rowsOf(run, 'default')).toHaveLength(3);
    expect(await rowsOf(run, 'rejects')).toHaveLength(1);
    expect(await rowsOf(run, 'ledger')).toHaveLength(1);
    expect(announcedCommits((await ensureTables(run)).ledger)).toEqual([]);
  });

  it('names the run, the day and the commit in every snapshot', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await ingestWholeDay(run);
    for (const role of ['default', 'ledger'] as const) {
      const snapshot = (await ensureTables(run))[role]?.metadata.snapshots[0];
      expect(snapshot?.summary).toMatchObject({
        'trailmill.run': 'a test',
        'trailmill.delivery-day': DAY,
        'trailmill.source': 'aws_cloudtrail',
      });
    }
  });
});

describe('a table of another version', () => {
  const identifier = { namespace: 'trailmill', name: 'aws_cloudtrail' };
  const TS = { name: 'ts', type: 'timestamptz', required: true, doc: '' } as const;
  const text = (name: string, required = false) => ({ name, type: 'string', required, doc: '' }) as const;
  const create = (run: ReturnType<typeof memoryRun>, ...columns: ColumnSpec[]) =>
    run.catalog.ensureTable(identifier, { schema: schemaOf([TS, ...columns]), partitionByDayOf: 'ts' });

  it('gets the columns that it lacks; those that are no longer written become optional and stay empty', async () => {
    const run = memoryRun();
    await create(run, text('event.id'), text('team', true));
    await run.bucket.put(trailKey('one'), trailFile(records(2)));
    expect(await ingestWholeDay(run)).toMatchObject({ events: 2, quarantined: 0 });
    const { metadata } = (await ensureTables(run)).default!;
    expect(metadata.schemas).toHaveLength(2);
    expect(fieldByName(currentSchema(metadata), 'team')).toMatchObject({ required: false });
    const [row] = await rowsOf(run, 'default');
    expect(row).toMatchObject({ event: { id: `${DAY}T12:00:00Z-0`, action: 'GetObject' } });
    expect(row).not.toHaveProperty('team');
    const [file] = await filesOf(run, 'default');
    const { id } = fieldByName(currentSchema(metadata), 'event.id') ?? {};
    expect([id, file.valueCounts[String(id)]]).toEqual([4, 2]);
  });

  it('may get columns while a batch is ingested: the files are committed under the new schema', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(2)));
    const dayPlan = await plan(run);
    const { result } = await ingest(run, dayPlan, 0);
    const before = (await ensureTables(run)).default!;
    const { metadata } = await evolveTable(run.catalog, before, [TS, text('team.name')]);
    await commitGroup(run, dayPlan, [result]);
    const after = (await ensureTables(run)).default!.metadata;
    // Both have the schema at the time of the commit, when they are written (spec, "Snapshots", "Manifests").
    expect(after.snapshots.map((snapshot) => snapshot['schema-id'])).toEqual([metadata['current-schema-id']]);
    const [manifest] = await manifestsOf(run, after.snapshots[0]);
    expect(manifest.metadata['schema-id']).toBe(String(metadata['current-schema-id']));
    expect(JSON.parse(manifest.metadata.schema)).toEqual(JSON.parse(JSON.stringify(currentSchema(metadata))));
    expect(await rowsOf(run, 'default')).toHaveLength(2);
  });

  it('is refused if a column has another type, with the cure', async () => {
    const run = memoryRun();
    await create(run, { name: 'event.id', type: 'long', doc: '' });
    await expect(ensureTables(run)).rejects.toMatchObject({
      name: 'TableUnusable',
      message: expect.stringContaining('event.id is long in the table and cannot become string'),
      cure: expect.stringContaining('another name'),
    });
  });
});
