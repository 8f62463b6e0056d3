/** Backfills with `integrity: required` on a real server, from the command line: what they ingest, quarantine and hold back. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BackfillView } from '../../../client/backfill/view';
import { dayAt } from '../../../protocol/days';
import type { SampleManifest } from '../../../sample/index';
import { Project, plainLines, type Up, valuesOf } from '../../support/cli';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

describeWithTemporal('a project that requires proof', () => {
  // Only for this test: all tests share the server.
  const source = `required_${randomBytes(6).toString('hex')}`;
  const server = ['--address', temporalAddress(), '--task-queue', source];
  const today = dayAt(Date.now());
  let directory: string;
  let project: Project;
  let sample: SampleManifest;
  let range: string[];

  const logSource = (integrity: string): void => {
    const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    writeFileSync(file, `name: ${source}\ningest: {location: ./bucket}\nintegrity: ${integrity}\nwarehouse: ./lake\n`);
  };
  const put = (key: string, body: Buffer): void => {
    mkdirSync(dirname(project.path('bucket', key)), { recursive: true });
    writeFileSync(project.path('bucket', key), body);
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-required-'));
    project = new Project(join(directory, 'project'), {});
    await project.ask('init');
    const size = ['--days', '1', '--accounts', '1', '--regions', '1', '--events-per-hour', '6'];
    await project.ask('sample', '--out', './bucket', ...size);
    mkdirSync(project.path('keys'));
    copyFileSync(project.path('bucket', 'sample-keys', 'public-keys.json'), project.path('keys', 'keys.json'));
    sample = JSON.parse(readFileSync(project.path('bucket', 'sample.json'), 'utf8'));
    range = ['--from', sample.delivery.from, '--to', sample.delivery.to];
    logSource('{mode: required, bucket: trailmill-sample, keys: ./keys}');
    const worker = project.start('worker', ...server, '--json');
    await worker.value<Up>();
  });
  afterAll(async () => {
    await project.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('ingests what digests prove, and names the log file that was edited before the run', async () => {
    expect((await project.ask('check')).stdout).toContain('every account and region with log files has digests');
    const [name] = readdirSync(project.path('bucket'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\/CloudTrail\/.*\.json\.gz$/.test(path))
      .sort();
    writeFileSync(project.path('bucket', name), gzipSync(`${gunzipSync(readFileSync(project.path('bucket', name)))} `));
    const ended = await project.ask('backfill', 'start', ...range, ...server, '--watch', '--json');
    const { totals } = valuesOf<BackfillView>(ended).at(-1) as BackfillView;
    expect(totals).toMatchObject({ files: sample.total.objects, quarantined: 1 });
    expect(totals?.quarantinedFor).toEqual([{ code: 'not_proven', files: 1, example: name }]);
    const audit = await project.ask('audit', ...range);
    expect(audit).toMatchObject({ code: 0 });
  });

  it('holds back a log file of today, warns that its account and region have no digests, and writes nothing', async () => {
    const key = trailKey('AbCdEfGh12345678', { day: today });
    put(key, trailFile(records(1, `${today}T00:00:00Z`)));
    const days = ['--from', today, '--to', today];
    const plan = await project.ask('plan', ...days);
    expect(plan.stderr).toContain(
      'integrity is required, but the bucket has no digests for 111122223333 us-east-1. None of their log files are ingested: they are held back for 26 hours after their delivery, then quarantined as not_proven.',
    );
    expect(plan.stdout).toContain('of these, 1 only if their digests are there (integrity: required)');
    expect((await project.ask('check')).stdout).toContain('the bucket has no digests for 111122223333 us-east-1');
    const ended = await project.ask('backfill', 'start', ...days, ...server, '--watch');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain('the bucket has no digests for 111122223333 us-east-1');
    const line = `1 file is held back until a digest lists it (integrity: required); a later run reads it, such as ${key}`;
    expect(plainLines(ended).join('\n')).toContain(line);
    const audit = await project.ask('audit', ...days);
    expect(audit).toMatchObject({ code: 0 });
    expect(audit.stdout).toContain(line);
  });

  it('is not accepted without the bucket of which the location is a copy', async () => {
    logSource('{mode: required, keys: ./keys}');
    const { code, stderr } = await project.ask('plan', ...range);
    expect(code).toBe(2);
    expect(stderr).toContain('integrity is required, but the location is a directory');
  });
});
