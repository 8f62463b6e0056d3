/** A delivery day is verified from the tables, and its verdicts are in the integrity table once, whatever happens. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { keyOf } from '../../../iceberg/location';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import type { Digest } from '../../../integrity/digest';
import type { Verdict } from '../../../integrity/verdict';
import { ledgerRows } from '../../../ledger/rows';
import { SINGLE_SLICE } from '../../../ledger/slices';
import { toDayNumber } from '../../../protocol/days';
import { loadVerifiedTables } from '../../../verify/context';
import { digestsOf } from '../../../verify/read-day';
import { recheck } from '../../../verify/recheck';
import { commitCutAt, copyOf, dyingAt, lyingAt, ProcessDied, processOf } from '../../support/crashes';
import { deleteRows } from '../../support/deletes';
import { expire } from '../../support/expiry';
import { filesOf, ingest, ingestWholeDay, NEVER, placeOf, plan, snapshotsOf } from '../../support/runs';
import { ingestedRun, keysOf, type Run, SAMPLE_DAY, sampleRun, verdictRows, verify } from '../../support/verified-run';

const codes = (report: Awaited<ReturnType<typeof verify>>): Record<string, number> =>
  Object.fromEntries(report.counts.codes.map(({ code, count }) => [code, count]));

/** The day's keys. */
async function dayKeys(run: Run, kind: 'CloudTrail' | 'CloudTrail-Digest'): Promise<string[]> {
  return (await keysOf(run, kind)).filter((key) => key.includes(`/${SAMPLE_DAY.replaceAll('-', '/')}/`));
}

async function changeRecord(run: Run, key: string): Promise<void> {
  const { body } = await run.bucket.get(key);
  const text = gunzipSync(body).toString('utf8');
  await run.bucket.put(key, gzipSync(text.replace(/"eventName":"/, '"eventName":"x')));
}

describe('a verified day', () => {
  it('is valid as a whole, with one row for each log file and each digest', async () => {
    const run = await ingestedRun();
    const report = await verify(run);
    const [files, digests] = [await dayKeys(run, 'CloudTrail'), await dayKeys(run, 'CloudTrail-Digest')];
    const rows = await verdictRows(run);
    expect(codes(report)).toEqual({});
    expect(report.counts.digests).toEqual({ valid: digests.length, failed: 0, unproven: 0 });
    expect(rows.filter(({ status }) => status === 'valid')).toHaveLength(rows.length);
    const keys = new Set(rows.map(({ key }) => key));
    for (const key of [...files, ...digests]) expect(keys).toContain(key);
    const [file] = rows.filter(({ subject }) => subject === 'log file');
    expect(file).toMatchObject({ trail: 'acme-trail', checked: 'ledger', run: 'a test' });
    expect(keys).toContain(file.digest);
  });

  it('requests nothing from the bucket if everything that digests list or refer to is in the ledger', async () => {
    const run = processOf(await ingestedRun());
    await verify(run);
    expect(run.calls.filter(({ key }) => key.startsWith('AWSLogs/'))).toEqual([]);
  });

  it('only lists the folders of log files that the ledger lacks: missing, and not ingested', async () => {
    const of = await sampleRun();
    const [gone, late] = await dayKeys(of, 'CloudTrail');
    const object = await of.bucket.get(late);
    for (const key of [gone, late]) await of.bucket.delete(key);
    await ingestWholeDay(of, SAMPLE_DAY);
    await ingestWholeDay(of, '2024-02-29');
    await of.bucket.put(late, object.body);
    const run = processOf(of);
    expect(codes(await verify(run))).toEqual({ missing: 1, not_ingested: 1 });
    const calls = run.calls.filter(({ key }) => key.startsWith('AWSLogs/'));
    expect(new Set(calls.map(({ name }) => name))).toEqual(new Set(['list']));
    expect(calls.length).toBeLessThanOrEqual(1);
  });

  it('finds a log file that was edited before it was ingested', async () => {
    const run = await sampleRun();
    const [key] = await dayKeys(run, 'CloudTrail');
    await changeRecord(run, key);
    await ingestWholeDay(run, SAMPLE_DAY);
    await ingestWholeDay(run, '2024-02-29');
    const { counts, failures } = await verify(run);
    expect(failures.first).toMatchObject([{ subject: 'log file', code: 'modified', key }]);
    expect(counts.logFiles.failed).toBe(1);
  });

  it('finds rows of a log file whose ledger entry was deleted', async () => {
    const run = await ingestedRun();
    const file = (await filesOf(run, 'ledger')).find(({ day }) => day === toDayNumber(SAMPLE_DAY))!;
    const { body } = await run.warehouse.get(keyOf(run.warehouse, file.path));
    const rows = await ledgerRows({ parquet: body, slice: SINGLE_SLICE });
    const position = rows.findIndex(({ kind, records }) => kind === 'CloudTrail' && records > 0);
    const { key } = rows[position];
    await deleteRows(placeOf(run, 'ledger'), 'ledger', [{ file, positions: [position] }]);
    const { failures } = await verify(run);
    expect(failures.first).toMatchObject([{ code: 'ledger_row_missing', key }]);
  });

  it('does not report a commit in progress as a change of the tables', async () => {
    const run = await sampleRun();
    const dayPlan = await plan(run, SAMPLE_DAY);
    const results: string[] = [];
    for (let index = 0; index < dayPlan.batches; index++) results.push((await ingest(run, dayPlan, index)).result);
    await commitCutAt('aws_cloudtrail_files/data', run, dayPlan, results, 0, SAMPLE_DAY);
    await ingestWholeDay(run, '2024-02-29');
    const { failures, counts } = await verify(run);
    expect(failures.first).toEqual([]);
    expect(counts.digests).toMatchObject({ valid: 0, failed: 0 });
    expect(counts.codes.map(({ code }) => code)).toEqual(['digest_not_ingested', 'not_ingested']);
  });

  it('of one trail, account or region has only their rows', async () => {
    const run = await ingestedRun({ accounts: 2, regions: 2 });
    const all = await verify(run, { name: 'all' });
    const [{ account, region }] = await verdictRows(run);
    const some = await verify(run, {
      name: 'some',
      filter: { accounts: [String(account)], regions: [String(region)] },
    });
    const rows = (await verdictRows(run)).filter((row) => row.account === account && row.region === region);
    const { logFiles, digests } = some.counts;
    expect(2 * (logFiles.valid + digests.valid)).toBe(rows.length);
    expect(logFiles.valid).toBeLessThan(all.counts.logFiles.valid);
    expect((await verify(run, { name: 'none', trail: 'another' })).counts.logFiles.valid).toBe(0);
    expect((await verify(run, { name: 'trail', trail: 'acme-trail' })).counts).toEqual(all.counts);
  });

  it('is read again on request: what was changed or deleted in the bucket since is found', async () => {
    const run = await ingestedRun();
    const [changed, gone] = await dayKeys(run, 'CloudTrail');
    const [digest, copied] = await dayKeys(run, 'CloudTrail-Digest');
    await changeRecord(run, changed);
    await run.bucket.delete(gone);
    await run.bucket.put(copied, (await run.bucket.get(copied)).body, { metadata: { signature: '00' } });
    await changeRecord(run, digest);
    expect(codes(await verify(run, { name: 'ledger' }))).toEqual({});
    await run.bucket.put(digest, gzipSync('{}'));
    const report = await verify(run, { name: 'bucket', recheck: 100 });
    expect(codes(report)).toEqual({ changed_since: 2, gone: 1, metadata_changed: 1 });
    const { logFiles, digests } = report.counts;
    const objects = logFiles.valid + logFiles.failed + digests.valid + digests.failed;
    expect(report.counts.readAgain).toBe(objects);
    const half = await verify(run, { name: 'half', recheck: 50 });
    expect(half.counts.readAgain).toBeGreaterThan(objects / 4);
    expect(half.counts.readAgain).toBeLessThan((objects * 3) / 4);
  });
});

it('compares the digest table with the digest itself, when it reads it again', async () => {
  const run = await ingestedRun();
  const context = { ...run, pool: inlinePool, signal: NEVER };
  const tables = await loadVerifiedTables(context);
  const digests = await digestsOf(context, tables, SAMPLE_DAY, { index: 0, of: 1 }, true);
  const { key, account, region, end: at, sha256 } = digests[2];
  const verdict: Verdict = { kind: 'digest', key, account, region, at, sha256 };
  const choice = { percent: 100, startedAt: 0 };
  const said = (digest: Digest): Promise<Verdict[]> =>
    recheck(context, [verdict], { digests: new Map([[key, digest]]), sizes: new Map() }, choice);
  expect(await said(digests[2])).toMatchObject([{ key, checked: 'bucket' }]);
  expect((await said(digests[2]))[0].code).toBeUndefined();
  for (const change of [{ files: digests[2].files.slice(1) }, { end: at + 1000 }, { previous: undefined }])
    expect(await said({ ...digests[2], ...change })).toMatchObject([{ key, code: 'ledger_differs' }]);
});

describe('the integrity table', () => {
  it('has the rows of a day once, however often an attempt is repeated; another verification adds its own', async () => {
    const run = await ingestedRun();
    const first = await verify(run);
    const rows = await verdictRows(run);
    expect(await verify(run)).toEqual(first);
    expect(await verdictRows(run)).toEqual(rows);
    await verify(run, { name: 'later', startedAt: Date.UTC(2031, 0) });
    expect(await verdictRows(run)).toHaveLength(2 * rows.length);
    expect(await snapshotsOf(run, 'integrity')).toBe(2);
  });

  it('has the rows of a day once, although the snapshot with them has been expired', async () => {
    const run = await ingestedRun();
    const first = await verify(run);
    const { length } = await verdictRows(run);
    await verify(run, { name: 'later', startedAt: Date.UTC(2031, 0) });
    await expire(run);
    expect(await snapshotsOf(run, 'integrity')).toBe(1);
    expect(await verify(processOf(run))).toEqual(first);
    expect(await verdictRows(run)).toHaveLength(2 * length);
  });

  it('is the same if the worker dies before or after any storage call, or a write is reported as failed', async () => {
    const ingested = await ingestedRun();
    const undisturbed = await copyOf(ingested);
    const counting = processOf(undisturbed);
    const report = await verify(counting);
    const rows = await verdictRows(undisturbed);
    const around = counting.calls.flatMap(({ number, name }) => [
      dyingAt(number, 'before'),
      dyingAt(number, 'after'),
      ...(name === 'put' ? [lyingAt(number)] : []),
    ]);
    for (const one of around) {
      const run = await copyOf(ingested);
      await verify(processOf(run, one)).catch((error: unknown) => {
        if (!(error instanceof ProcessDied) && (error as Error).name !== 'StorageUnavailable') throw error;
      });
      expect(await verify(processOf(run))).toEqual(report);
      expect(await verdictRows(run)).toEqual(rows);
    }
    expect(around.length).toBeGreaterThan(20);
  });
});
