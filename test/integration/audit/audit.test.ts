/** `trailmill audit` over a real sample, and the same as a workflow on a real server. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditReport } from '../../../audit/report';
import { AUDIT_REPORT } from '../../../audit/stored-report';
import { type AuditStatus, NO_COUNTS } from '../../../protocol/audit-messages';
import { readWork } from '../../../run/versioned';
import type { SampleManifest } from '../../../sample/index';
import { type Ended, Project, plainLines, type Up, valuesOf } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

describeWithTemporal('the command audit', () => {
  // Only for this test: all tests share the server. Commands without it have no server.
  const source = `audit_${randomBytes(6).toString('hex')}`;
  const server = ['--address', temporalAddress(), '--task-queue', source];
  let directory: string;
  let project: Project;
  let sample: SampleManifest;
  let range: string[];

  const report = (ended: Ended): AuditReport => valuesOf<AuditReport>(ended)[0];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-audit-'));
    project = new Project(join(directory, 'project'), {});
    await project.ask('init');
    const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^name: .*/m, `name: ${source}`));
    const size = ['--days', '2', '--accounts', '2', '--regions', '1', '--events-per-hour', '6'];
    await project.ask('sample', '--out', './bucket', ...size);
    sample = JSON.parse(readFileSync(project.path('bucket', 'sample.json'), 'utf8'));
    const { from, to } = sample.delivery;
    range = ['--from', from, '--to', to];
  });
  afterAll(async () => {
    await project.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('reports that there is no ledger before the first backfill, and exits with 2', async () => {
    const ended = await project.ask('audit', ...range);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(`There is no table ${source}_files in the storage catalog at file://`);
    expect(ended.stderr).toContain('start a backfill first');
  });

  describe('after a backfill', () => {
    let clean: AuditReport;

    beforeAll(async () => {
      const worker = project.start('worker', ...server, '--json');
      await worker.value<Up>();
      expect((await project.ask('backfill', 'start', ...range, ...server, '--watch')).code).toBe(0);
      // As a workflow while there is a server, for the comparison below.
      const ended = await project.ask('audit', ...range, ...server, '--workflow', '--json');
      expect(ended.code).toBe(0);
      expect(ended.stderr).toContain(`Started audit/${source}/${range[1]}..${range[3]}`);
      clean = report(ended);
      await worker.interrupt();
    });

    it('has the counts of the sample and exits with 0, without a server and as a workflow', async () => {
      const ended = await project.ask('audit', ...range, '--json');
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(report(ended)).toEqual(clean);
      const { totals, clean: isClean, groups, differences } = report(ended);
      const { default: events, insights, digest } = sample.tables;
      const rows = events + insights + digest;
      const { objects } = sample.total;
      expect(totals).toEqual({ ...NO_COUNTS, listed: objects, ingested: objects, records: rows, rows });
      expect([isClean, differences.count]).toEqual([true, 0]);
      const places = Object.entries(sample.days).filter(([, { objects: files }]) => files > 0);
      expect(groups).toHaveLength(new Set(places.map(([place]) => place)).size);
    });

    it('prints a readable table, and "audit: clean" at the end', async () => {
      const ended = await project.ask('audit', ...range);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      const lines = plainLines(ended);
      expect(lines[0]).toContain(`Audit of ${range[1]} to ${range[3]}, file://`);
      expect(lines[1]).toMatch(
        /day +kind +in bucket +in ledger +records +rows +rejects +in table +duplicates +dropped/,
      );
      expect(lines.filter((line) => line.endsWith('✓')).length).toBeGreaterThan(3);
      expect(lines.at(-1)).toBe('audit: clean');
    });

    it('names the difference and its cure, and exits with 1', async () => {
      const day = sample.delivery.from;
      const [account] = sample.accounts;
      const name = `${account}_CloudTrail_us-east-1_${day.replaceAll('-', '')}T2355Z_late.json.gz`;
      const key = `AWSLogs/${account}/CloudTrail/us-east-1/${day.replaceAll('-', '/')}/${name}`;
      const file = project.path('bucket', key);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, trailFile(records(1)));
      const ended = await project.ask('audit', ...range);
      expect(ended).toMatchObject({ code: 1, stderr: '' });
      const lines = plainLines(ended);
      expect(lines).toContain('missing_in_ledger');
      expect(lines).toContain(`  ${day}  ${key}`);
      expect(lines).toContain('  Ingest it: start a backfill of its day.');
      expect(lines.at(-1)).toBe('audit: 1 difference');
      const json = await project.ask('audit', ...range, '--json');
      expect(json.code).toBe(1);
      expect(report(json).differences).toMatchObject({
        count: 1,
        first: [{ what: 'missing_in_ledger', subject: key }],
      });
      // This audit does not select the kind of the late file.
      expect((await project.ask('audit', ...range, '--kind', 'CloudTrail-Digest')).code).toBe(0);
      rmSync(file);
    });
  });
});

describeWithTemporal('the workflow audit', () => {
  const DAYS = ['2024-03-05', '2024-03-06', '2024-03-07'];
  const [from, , to] = DAYS;
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
  });
  afterEach(() => harness.close());

  it('returns counts and the first differences, stores the full report, and shows the details in the UI', async () => {
    for (const day of DAYS) await harness.bucket.put(trailKey('a', { day }), trailFile(records(4, `${day}T10:00:00Z`)));
    await harness.startWorker();
    await (await harness.backfill({ from, to })).result();
    const clean = await (await harness.audit({ from, to })).result();
    expect(clean).toMatchObject({
      days: { total: 3, done: 3 },
      totals: { listed: 3, ingested: 3, records: 12, rows: 12 },
      differences: { count: 0, first: [] },
    });
    const { warehouse } = harness;
    const whole = await readWork(warehouse, clean.report.slice(warehouse.uri.length + 1), AUDIT_REPORT);
    expect(whole).toMatchObject({ clean: true, from, to, totals: clean.totals });
    expect(whole.groups.map(({ day }) => day)).toEqual(DAYS);

    const late = trailKey('late_*file*', { day: DAYS[1] });
    await harness.bucket.put(late, trailFile(records(1)));
    const handle = await harness.audit({ from, to });
    const found = await handle.result();
    expect(found.differences).toMatchObject({ count: 1, first: [{ what: 'missing_in_ledger', subject: late }] });
    expect(await handle.query<AuditStatus>('auditStatus')).toMatchObject({
      days: { total: 3, done: 3 },
      differences: { count: 1 },
    });
    const details = JSON.stringify(await handle.query('__temporal_workflow_metadata'));
    expect(details).toContain(`**Audit ${from} to ${to}**`);
    expect(details).toContain('**1 difference in total**');
    expect(details).toContain('late\\\\_\\\\*file\\\\*');
  });
});
