/** `trailmill verify` over a real sample on a real server: valid files, tampered files, and the proof of one event. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { WorkflowHandle } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import type { WholeReport } from '../../../client/verify/render';
import { allTables } from '../../../cloudtrail/tables';
import { parseKeys } from '../../../integrity/keys';
import { addDays, dayAt } from '../../../protocol/days';
import type { VerifyStatus } from '../../../protocol/verify-messages';
import { storeKeys } from '../../../run/key-store';
import { type SampleManifest, writeSample } from '../../../sample/index';
import { type Ended, Project, plainLines, type Up, valuesOf } from '../../support/cli';
import { type Harness, startHarness, VISIBILITY } from '../../support/harness';
import { Held } from '../../support/held';
import { rowsOfTable } from '../../support/lake';
import { ACCOUNT, records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const KEYS = 'bucket/sample-keys';

describeWithTemporal('the command verify', () => {
  // Only for this test: all tests share the server. Commands without it have no server.
  const source = `verify_${randomBytes(6).toString('hex')}`;
  const server = ['--address', temporalAddress(), '--task-queue', source];
  let directory: string;
  let project: Project;
  let sample: SampleManifest;
  let range: string[];

  const report = (ended: Ended): WholeReport => valuesOf<WholeReport>(ended)[0];
  const verify = (...more: string[]): Promise<Ended> =>
    project.ask('verify', ...range, ...server, '--keys', KEYS, ...more);
  const backfill = (): Promise<Ended> => project.ask('backfill', 'start', ...range, ...server, '--watch');

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-verify-'));
    project = new Project(join(directory, 'project'), {});
    await project.ask('init');
    const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^name: .*/m, `name: ${source}`));
    const size = ['--days', '1', '--accounts', '2', '--regions', '1', '--events-per-hour', '6'];
    await project.ask('sample', '--out', './bucket', ...size);
    sample = JSON.parse(readFileSync(project.path('bucket', 'sample.json'), 'utf8'));
    range = ['--from', sample.delivery.from, '--to', sample.delivery.to];
  });
  afterAll(async () => {
    await project.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('reports missing options and a missing table, and exits with 2', async () => {
    const ask = async (...argv: string[]): Promise<string> => {
      const { code, stderr } = await project.ask('verify', ...argv, ...server);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await ask('--to', '2024-02-28')).toContain('--from is missing.');
    expect(await ask('--event', 'x')).toContain('--event and --out must be used together.');
    expect(await ask(...range)).toContain(`There is no table ${source}_files`);
  });

  describe('after a backfill', () => {
    beforeAll(async () => {
      const worker = project.start('worker', ...server, '--json');
      await worker.value<Up>();
      expect((await backfill()).code).toBe(0);
    });

    it('proves every object of the sample, and exits with 0', async () => {
      const ended = await verify('--json');
      expect(ended.code).toBe(0);
      const { counts, failures } = report(ended);
      const digests = sample.kinds['CloudTrail-Digest'].objects;
      expect(failures.count).toBe(0);
      expect(counts.codes).toEqual([]);
      expect(counts.digests.valid).toBe(digests);
      expect(counts.logFiles.valid).toBe(sample.total.objects - digests);
      const { stdout } = await verify('--watch');
      expect(stdout.trimEnd().split('\n').at(-1)).toBe('verify: every log file is proven by its digest');
    });

    it('refuses an unknown account or trail, names the existing ones, and exits with 2', async () => {
      const account = await verify('--account', '000000000001');
      expect(account).toMatchObject({ code: 2 });
      expect(account.stderr).toContain(sample.accounts[0]);
      const trail = await verify('--trail', 'acme-trial');
      expect(trail).toMatchObject({ code: 2 });
      expect(trail.stderr).toContain('Trails with digests: acme-trail. Did you mean acme-trail?');
    });

    it('writes the proof of an event, which openssl and sha256sum accept', async () => {
      const sql = `SELECT event.id AS id FROM ${source} ORDER BY ts LIMIT 1`;
      const [{ id }] = JSON.parse((await project.ask('query', sql, '--json')).stdout) as { id: string }[];
      const ended = await project.ask('verify', '--event', id, '--out', 'evidence', '--keys', KEYS);
      expect(ended).toMatchObject({ code: 0 });
      const evidence = project.path('evidence');
      const readme = readFileSync(join(evidence, 'README.md'), 'utf8');
      const [signature, files] = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text);
      const sh = (text: string): string => execFileSync('sh', ['-ec', text], { cwd: evidence, encoding: 'utf8' });
      expect(sh(signature)).toContain('Verified OK');
      expect(sh(files).match(/: OK$/gm)).toHaveLength(4);
      expect(JSON.parse(readFileSync(join(evidence, 'record.json'), 'utf8')).eventID).toBe(id);
      const again = await project.ask('verify', '--event', id, '--out', 'evidence', '--keys', KEYS);
      expect(again).toMatchObject({ code: 2 });
      expect(again.stderr).toContain('is not empty');
      const none = await project.ask('verify', '--event', 'none', '--out', 'other', '--keys', KEYS);
      expect(none.stderr).toContain('No table has an event with the id none.');
    });

    it('names a log file that was edited, with the reason, and exits with 1', async () => {
      const [name] = readdirSync(project.path('bucket'), { recursive: true, encoding: 'utf8' })
        .filter((path) => /\/CloudTrail\/.*\.json\.gz$/.test(path))
        .sort();
      const path = project.path('bucket', name);
      const text = gunzipSync(readFileSync(path)).toString('utf8');
      writeFileSync(path, gzipSync(`${text} `));
      const before = await verify('--recheck');
      expect(before.code).toBe(1);
      expect(plainLines(before)).toContain(`  ${name}`);
      expect(before.stdout).toContain('FAILED changed_since: ');
      // Ingested again as another version of the object.
      expect((await backfill()).code).toBe(0);
      const ended = await verify('--json');
      expect(ended.code).toBe(1);
      expect(report(ended).failures.first).toMatchObject([{ subject: 'log file', key: name, code: 'modified' }]);
      const sql = `SELECT status, code FROM ${source}_integrity WHERE key = '${name}' AND status = 'failed' ORDER BY verified_at`;
      const rows = JSON.parse((await project.ask('query', sql, '--json')).stdout) as object[];
      expect(rows).toEqual([
        { status: 'failed', code: 'changed_since' },
        { status: 'failed', code: 'modified' },
      ]);
    });
  });
});

describeWithTemporal('the workflow verify', () => {
  let harness: Harness;
  const from = '2024-02-28';
  const to = addDays(from, 2);

  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
    await writeSample(harness.bucket, { days: 2, accounts: 1, regions: 1, eventsPerHour: 4 });
    const { body } = await harness.bucket.get('sample-keys/public-keys.json');
    await storeKeys(harness.warehouse, parseKeys(body, 'keys'), { from: 'folder' }, 0);
    const first = await harness.startWorker();
    await (await harness.backfill({ from, to }, {}, undefined, allTables(harness.source))).result();
    await first.stop();
  });
  afterEach(() => harness.close());

  const rows = async (): Promise<unknown[]> => {
    const all = (await rowsOfTable(harness, 'integrity')).map(({ run: _, verified_at: __, ...row }) => row);
    return all.map((row) => JSON.stringify(row)).sort();
  };

  it('adds the same rows if its worker stops in the middle', async () => {
    const worker = await harness.startWorker();
    const whole = await (await harness.verify({ from, to, filter: {} })).result();
    expect(whole).toMatchObject({ days: { total: 3, done: 3 }, failures: { count: 0 } });
    await worker.stop();
    const undisturbed = await rows();

    // The days are verified from the newest to the oldest: this worker stops in the middle one.
    const held = new Held(harness, harness.warehouse, 'put', (key) =>
      key.includes('_integrity/data/ts_day=2024-02-29'),
    );
    const dying = await harness.startWorker();
    const handle = await harness.verify({ from, to, filter: {}, recheck: 1 });
    await held.untilWaiting(1);
    await dying.stop();
    held.releaseAll();
    await harness.startWorker();
    expect((await handle.result()).counts.logFiles).toEqual(whole.counts.logFiles);
    const twice = await rows();
    expect(twice).toHaveLength(2 * undisturbed.length);
    const plain = (all: unknown[]): unknown[] => [
      ...new Set(all.map((row) => String(row).replace(/"checked":"\w+"/, ''))),
    ];
    expect(plain(twice)).toEqual(plain(undisturbed));
  });

  it('sets the status integrity_failed, and shows in the UI what failed', async () => {
    for await (const { objects } of harness.bucket.list('AWSLogs/')) {
      const { key } = objects.filter((one) => one.key.includes('/CloudTrail-Digest/'))[3];
      const { body, metadata } = await harness.bucket.get(key);
      await harness.bucket.put(key, body, { metadata: { ...metadata, signature: 'ab'.repeat(256) } });
      await harness.startWorker();
      const handle = await harness.verify({ from, to, filter: {}, recheck: 100 });
      const found = await handle.result();
      expect(found.failures).toMatchObject({ count: 1, first: [{ code: 'metadata_changed', key }] });
      const { typedSearchAttributes } = await handle.describe();
      expect(JSON.stringify(typedSearchAttributes)).toContain('integrity_failed');
      expect(await handle.query<VerifyStatus>('verifyStatus')).toMatchObject({ failures: { count: 1 } });
      const details = JSON.stringify(await handle.query('__temporal_workflow_metadata'));
      expect(details).toContain(`**Verify ${from} to ${to}**`);
      expect(details).toContain('**1 failure in total**');
      return;
    }
  });
});

describeWithTemporal('a scheduled run with verification', () => {
  it('ingests, then verifies, and fails with the tampered object; the next run does not ingest files again', async () => {
    const harness = await startHarness(temporalAddress());
    try {
      await harness.startWorker();
      const day = addDays(dayAt(Date.now()), -1);
      await harness.bucket.put(trailKey('a', { day }), trailFile(records(2, `${day}T10:00:00Z`)));
      const run = async (name: string): Promise<WorkflowHandle> => {
        const wanted = { from: day, to: day };
        const tables = allTables(harness.source);
        const { from: _, to: __, ...how } = await harness.input(wanted, {}, undefined, tables);
        return harness.client.workflow.start('scheduledIngest', {
          workflowId: `scheduled/${harness.source}/${name}`,
          taskQueue: harness.taskQueue,
          args: [{ ...how, visibility: VISIBILITY, lookBackDays: 1, verify: true }],
        });
      };
      // No digest covers it: unproven, which is not a failure.
      expect(await (await run('unproven')).result()).toMatchObject({ totals: { files: 1 }, covered: false });
      const key = trailKey('b', { day, kind: 'CloudTrail-Digest' });
      const said = {
        digestS3Bucket: 'elsewhere',
        digestS3Object: 'another.json.gz',
        digestEndTime: `${day}T12:00:00Z`,
      };
      await harness.bucket.put(key, gzipSync(JSON.stringify({ ...said, awsAccountId: ACCOUNT, logFiles: [] })));
      const failed = await run('failed');
      const error = (await failed.result().catch((thrown: Error) => thrown.cause)) as ApplicationFailure;
      expect(error).toMatchObject({ type: 'IntegrityFailed' });
      expect(error.message).toContain(`the verification failed: wrong_place: ${key}`);
      expect(error.details).toMatchObject([{ totals: { files: 1 } }, { through: addDays(day, 1) }]);
      expect(JSON.stringify((await failed.describe()).typedSearchAttributes)).toContain('integrity_failed');
    } finally {
      await harness.close();
    }
  });
});
