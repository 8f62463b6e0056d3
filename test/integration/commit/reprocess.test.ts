/** `trailmill backfill start --reprocess` from the command line, on a real server: a typo in a transform, and its cure. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditReport } from '../../../audit/report';
import type { ListedBackfill } from '../../../client/backfill/view';
import type { SampleManifest } from '../../../sample/index';
import { type Ended, Project, plainLines, type Up, valuesOf, viewOf } from '../../support/cli';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

describeWithTemporal('the option --reprocess', () => {
  const source = `again_${randomBytes(6).toString('hex')}`;
  const server = ['--address', temporalAddress(), '--task-queue', source];
  let directory: string;
  let project: Project;
  let sample: SampleManifest;
  let range: string[];

  const setTransform = (body: string): void =>
    writeFileSync(project.path('t.mjs'), `export default function transform(row) { ${body} }\n`);

  const start = (...more: string[]): Promise<Ended> => project.ask('backfill', 'start', ...server, ...more, '--watch');

  async function withWorker<T>(act: () => Promise<T>): Promise<T> {
    const worker = project.start('worker', ...server, '--json');
    await worker.value<Up>();
    try {
      return await act();
    } finally {
      await worker.interrupt();
    }
  }

  const rowCount = async (): Promise<number> => {
    const sql = `SELECT count(*)::INT AS n FROM ${source}`;
    return (JSON.parse((await project.ask('query', sql, '--json')).stdout) as { n: number }[])[0].n;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-again-'));
    project = new Project(join(directory, 'project'), {});
    await project.ask('init');
    const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    const text = readFileSync(file, 'utf8').replace(/^name: .*/m, `name: ${source}`);
    writeFileSync(file, `${text}\ntransform: ./t.mjs\n`);
    // The run that rejects everything must end, not pause.
    writeFileSync(project.path('temporal.yaml'), 'ingest:\n  max_reject_rate: 1\n');
    const size = ['--days', '2', '--accounts', '2', '--regions', '1', '--events-per-hour', '6'];
    await project.ask('sample', '--out', './bucket', ...size);
    sample = JSON.parse(readFileSync(project.path('bucket', 'sample.json'), 'utf8'));
    range = ['--from', sample.delivery.from, '--to', sample.delivery.to];
  });
  afterAll(async () => {
    await project.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('replaces what a typo rejected, leaves out files that are up to date, and is watched like a backfill', async () => {
    const { default: events, insights, digest } = sample.tables;
    const all = events + insights + digest;
    setTransform('row.sett("labels", null); return row;');
    const first = await withWorker(() => start(...range, '--json'));
    expect(viewOf(first).totals).toMatchObject({ events: 0, rejects: all });
    expect(await rowCount()).toBe(0);

    setTransform('return row;');
    const again = await withWorker(async () => {
      const ended = await start(...range, '--reprocess', '--status', 'rejected', '--json');
      const listed = await project.ask('backfill', 'list', ...server, '--source', source, '--json');
      const [{ backfills }] = valuesOf<{ backfills: ListedBackfill[] }>(listed);
      expect(backfills.map(({ id }) => id)).toContain(`reprocess/${source}/${range[1]}..${range[3]}/status=rejected`);
      return ended;
    });
    expect(viewOf(again).totals).toMatchObject({ events: all, rejects: 0 });
    expect(await rowCount()).toBe(events);

    const rest = await withWorker(() => start(...range, '--reprocess'));
    expect(rest.code).toBe(0);
    expect(plainLines(rest).join('\n')).toMatch(/\d+ files were already written with this configuration/);
    const [{ clean, totals }] = valuesOf<AuditReport>(await project.ask('audit', ...range, '--json'));
    expect([clean, totals.rejects, totals.duplicates]).toEqual([true, 0, 0]);
  });

  it('refuses invalid options and combinations of options', async () => {
    const refused = async (...more: string[]): Promise<string> => {
      const ended = await project.ask('backfill', 'start', ...more);
      expect(ended.code).toBe(2);
      return ended.stderr;
    };
    expect(await refused(...range, '--status', 'rejected')).toContain('--reprocess is not given');
    expect(await refused(...range, '--reprocess', '--retry-quarantined')).toContain('cannot be combined');
    expect(await refused('--reprocess')).toContain("required option '--from <day>'");
    expect(await refused('--reprocess', '--key', 'no/key')).toContain('is not the key of a CloudTrail file');
    expect(await refused(...range, '--reprocess', '--older-than', '99.0.0')).toContain('is newer than this version');
  });
});
