import { announcedCommits, completeCommits } from '../../../commit/commit';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { nextDay } from '../../../protocol/days';
import { ensureTables } from '../../../run/context';
import { commitCutAt } from '../../support/crashes';
import {
  commitGroup,
  DAY,
  ingest,
  ingestWholeDay,
  memoryRun,
  plan,
  records,
  rowsOf,
  snapshotsOf,
  trailFile,
  trailKey,
} from '../../support/runs';

type Run = ReturnType<typeof memoryRun>;
const other = (name: string) => trailFile(records(2, undefined, {}, name));

/** [name, attempt, status, records, duplicates] of the ledger's rows. */
async function ledgerOf(run: Run): Promise<unknown[][]> {
  const rows = await rowsOf(run, 'ledger');
  const name = (key: unknown): string => String(key).replace(/^.*_(\w+)\.json\.gz$/, '$1');
  return rows
    .map((row) => [name(row.key), row.attempt, row.status, row.records, row.duplicates])
    .sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

describe('two runs over one day, which should not run at the same time', () => {
  it('do not commit the same files twice: the one that comes later has to plan again', async () => {
    const run = memoryRun();
    // A file without records and one without event ids: none of them would be recognized as a repeat.
    await run.bucket.put(trailKey('empty'), trailFile([]));
    await run.bucket.put(trailKey('noids'), trailFile(records(2, undefined, { eventID: undefined })));
    const [first, second] = [await plan(run), await plan(run)];
    const results = [(await ingest(run, first, 0)).result, (await ingest(run, second, 0)).result];
    await commitGroup(run, first, [results[0]]);
    await expect(commitGroup(run, second, [results[1]])).rejects.toMatchObject({
      name: 'PlanOutdated',
      message: expect.stringContaining(`Another run has committed files of ${DAY} since the day was planned (a test)`),
    });
    expect(await plan(run)).toMatchObject({ files: 0 });
    expect(await ledgerOf(run)).toEqual([
      ['empty', 1, 'ingested', 0, 0],
      ['noids', 1, 'ingested', 2, 0],
    ]);
    expect(await rowsOf(run, 'default')).toHaveLength(2);
  });

  it('may both continue with their own groups, and with other days', async () => {
    const run = memoryRun({ batchFiles: 1, groupBatches: 1 });
    const next = nextDay(DAY);
    for (const name of ['a', 'b']) await run.bucket.put(trailKey(name), other(name));
    await run.bucket.put(trailKey('c', { day: next }), other('c'));
    const [today, tomorrow] = [await plan(run), await plan(run, next)];
    for (const group of [0, 1]) {
      await commitGroup(run, today, [(await ingest(run, today, group)).result], { group });
      if (group === 0)
        await commitGroup(run, tomorrow, [(await ingest(run, tomorrow, 0)).result], { group, day: next });
    }
    expect(await rowsOf(run, 'default')).toHaveLength(6);
  });

  it('also meet if the commit of the first was only announced: the plan completes it before it reads the ledger', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), other('one'));
    const first = await plan(run);
    const { result } = await ingest(run, first, 0);
    await commitCutAt('/aws_cloudtrail/metadata/', run, first, [result]);
    expect(announcedCommits((await ensureTables(run)).ledger)).toHaveLength(1);
    expect([await snapshotsOf(run, 'default'), await snapshotsOf(run, 'ledger')]).toEqual([0, 1]);
    expect(await plan(run)).toMatchObject({ files: 0 });
    expect(await ledgerOf(run)).toEqual([['one', 1, 'ingested', 2, 0]]);
    // The dead run continues.
    expect(await commitGroup(run, first, [result])).toMatchObject({ files: 1, events: 2 });
    expect(await rowsOf(run, 'default')).toHaveLength(2);
  });

  it('leave nothing half done when the next run starts, whatever its days', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), other('one'));
    const first = await plan(run);
    const { result } = await ingest(run, first, 0);
    await commitCutAt('aws_cloudtrail_files/data', run, first, [result]);
    expect(await rowsOf(run, 'ledger')).toEqual([]);
    expect(await completeCommits(run, inlinePool)).toBe(1);
    expect(await ledgerOf(run)).toEqual([['one', 1, 'ingested', 2, 0]]);
  });
});

describe('a commit that was announced', () => {
  async function announced(): Promise<Run> {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), other('one'));
    const first = await plan(run);
    const { result } = await ingest(run, first, 0);
    await commitCutAt('/aws_cloudtrail/metadata/', run, first, [result]);
    return run;
  }

  it('is completed although its table was dropped in the meantime', async () => {
    const run = await announced();
    for await (const { objects } of run.warehouse.list('trailmill/aws_cloudtrail/metadata/v'))
      for (const { key } of objects) await run.warehouse.delete(key);
    expect(await completeCommits(run, inlinePool)).toBe(1);
    expect(await rowsOf(run, 'default')).toHaveLength(2);
  });

  it('stops every run with a message if its description is gone', async () => {
    const run = await announced();
    for await (const { objects } of run.warehouse.list('_trailmill/plans/'))
      for (const { key } of objects) await run.warehouse.delete(key);
    const error = {
      name: 'TableUnusable',
      message: expect.stringMatching(/its description, _trailmill\/.*, is gone/),
    };
    await expect(completeCommits(run, inlinePool)).rejects.toMatchObject(error);
    await expect(plan(run)).rejects.toMatchObject(error);
  });
});

describe('a quarantined file', () => {
  it('stays quarantined until a retry is requested, and the ledger has both attempts', async () => {
    const run = memoryRun();
    const key = trailKey('bad');
    await run.bucket.put(key, other('bad'));
    const first = await plan(run);
    const good = await run.bucket.get(key);
    await run.bucket.delete(key);
    await commitGroup(run, first, [(await ingest(run, first, 0)).result]);
    await run.bucket.put(key, good.body);
    expect(await ingestWholeDay(run)).toMatchObject({ files: 0 });
    expect(await ingestWholeDay(run, DAY, true)).toMatchObject({ files: 1, events: 2, quarantined: 0 });
    expect(await ledgerOf(run)).toEqual([
      ['bad', 1, 'quarantined', 0, 0],
      ['bad', 2, 'ingested', 2, 0],
    ]);
    expect(await ingestWholeDay(run, DAY, true)).toMatchObject({ files: 0 });
  });

  it('gets the next attempt number if it is bad again, and is not tried twice by the same run', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('bad'), Buffer.from('{"Records":[{'));
    await ingestWholeDay(run);
    const again = await plan(run, DAY, {}, { retryQuarantined: true, execution: 'again-' });
    await commitGroup(run, again, [(await ingest(run, again, 0)).result]);
    expect(await ledgerOf(run)).toEqual([
      ['bad', 1, 'quarantined', 0, 0],
      ['bad', 2, 'quarantined', 0, 0],
    ]);
    // A plan of the same execution, after its first one was outdated.
    expect(await plan(run, DAY, {}, { retryQuarantined: true, execution: 'again-' })).toMatchObject({ files: 0 });
    expect(await ingestWholeDay(run, DAY, true)).toMatchObject({ files: 1, quarantined: 1 });
    expect((await ledgerOf(run))[2]).toEqual(['bad', 3, 'quarantined', 0, 0]);
  });
});

describe('a file that was replaced', () => {
  it('is also ingested: repeated events are kept once, and the ledger notes that the key existed before', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, replaced: 0 });
    await run.bucket.put(trailKey('one'), trailFile([...records(3), ...records(1, undefined, {}, 'new')]));
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 1, duplicates: 3, replaced: 1 });
    expect(await ledgerOf(run)).toEqual([
      ['one', 1, 'ingested', 1, 3],
      ['one', 1, 'ingested', 3, 0],
    ]);
    const notes = (await rowsOf(run, 'ledger')).map((row) => row.notes ?? null);
    expect(notes).toEqual(expect.arrayContaining([null, expect.stringMatching(/^replaced: /)]));
    expect(await rowsOf(run, 'default')).toHaveLength(4);
    expect(await ingestWholeDay(run)).toMatchObject({ files: 0 });
  });
});

describe('a run that is started again after it was terminated', () => {
  /** Reads of each file of the bucket. */
  function countReads(run: Run): Map<string, number> {
    const reads = new Map<string, number>();
    const get = run.bucket.get.bind(run.bucket);
    run.bucket.get = (key, ...rest) => {
      reads.set(key, (reads.get(key) ?? 0) + 1);
      return get(key, ...rest);
    };
    return reads;
  }

  it('continues the previous plan of the day: what is written is not read again', async () => {
    const run = memoryRun({ batchFiles: 2, groupBatches: 2, chunkBytes: 1 });
    for (const name of 'abcdefgh') await run.bucket.put(trailKey(name), other(name));
    const reads = countReads(run);
    const first = await plan(run);
    const results = [];
    for (const index of [0, 1]) results.push((await ingest(run, first, index)).result);
    await commitGroup(run, first, results);
    await ingest(run, first, 2);
    // The last batch is interrupted after its first file.
    await ingest(run, first, 3, ({ done }) => {
      if (done === 1) throw new Error('terminated');
    }).catch(() => {});
    await run.bucket.put(trailKey('late'), other('late'));

    const again = await plan(run, DAY, {}, { fresh: false });
    expect(again).toEqual({ ...first, nextGroup: 1, resumed: true, files: 4, bytes: expect.any(Number) });
    const left = [];
    for (const index of [2, 3]) left.push((await ingest(run, again, index)).result);
    expect(await commitGroup(run, again, left, { group: 1 })).toMatchObject({ files: 4, events: 8 });
    // The file after that was ingested at the same time: it is read again only if its part was not written.
    const behind = trailKey('h');
    expect([...reads].filter(([key]) => key !== behind)).toEqual([...'abcdefg'].map((name) => [trailKey(name), 1]));
    expect([1, 2]).toContain(reads.get(behind));
    // It is done now: the next plan is for files delivered since.
    expect(await plan(run, DAY, {}, { fresh: false })).toMatchObject({ files: 1, nextGroup: 0, resumed: false });
    expect(await ledgerOf(run)).toHaveLength(8);
    expect(await rowsOf(run, 'default')).toHaveLength(16);
  });

  it.each<[string, (run: Run) => Promise<unknown>]>([
    ['of another filter', (run) => plan(run, DAY, { regions: ['us-east-1'] }, { fresh: false })],
    ['that retries quarantined files', (run) => plan(run, DAY, {}, { fresh: false, retryQuarantined: true })],
    [
      'that cannot be read',
      async (run) => {
        await run.warehouse.put(`_trailmill/days/aws_cloudtrail/${DAY}.json`, Buffer.from('{"plan":{"id":"'));
        return plan(run, DAY, {}, { fresh: false });
      },
    ],
    [
      'whose batches are gone',
      async (run) => {
        for await (const { objects } of run.warehouse.list('_trailmill/plans/'))
          for (const { key } of objects) await run.warehouse.delete(key);
        return plan(run, DAY, {}, { fresh: false });
      },
    ],
    [
      'that another run has completed in part',
      async (run) => {
        await ingestWholeDay(run);
        await run.bucket.put(trailKey('b'), other('b'));
        return plan(run, DAY, {}, { fresh: false });
      },
    ],
  ])('makes its own plan instead of one %s', async (_which, next) => {
    const run = memoryRun();
    await run.bucket.put(trailKey('a'), other('a'));
    await plan(run);
    expect(await next(run)).toMatchObject({ files: 1, resumed: false });
  });

  it('commits what was announced, even if there are more results by then', async () => {
    const run = memoryRun({ batchFiles: 1 });
    for (const name of ['a', 'b']) await run.bucket.put(trailKey(name), other(name));
    const first = await plan(run);
    const results = [(await ingest(run, first, 0)).result, (await ingest(run, first, 1)).result];
    await commitCutAt('aws_cloudtrail_files/data', run, first, results.slice(0, 1));
    expect(await commitGroup(run, first, results)).toMatchObject({ files: 1, events: 2 });
    expect(await ledgerOf(run)).toEqual([['a', 1, 'ingested', 2, 0]]);
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 2 });
    expect(await rowsOf(run, 'default')).toHaveLength(4);
  });
});
