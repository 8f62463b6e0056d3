/** What a real worker process reports about a real backfill: its metrics, as Prometheus scrapes them, and its log. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { BackfillView } from '../../../client/backfill/view';
import type { WholeReport } from '../../../client/verify/render';
import { ICEBERG_NAMESPACE } from '../../../cloudtrail/tables';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { freePort } from '../../../net/free-port';
import type { Totals } from '../../../protocol/messages';
import { KEYS_PREFIX } from '../../../sample/index';
import { createFileStore } from '../../../storage/file';
import { COUNTERS, GAUGES } from '../../../worker/metrics';
import type { Ended, Running } from '../../support/cli';
import { plainLines, valuesOf, viewOf } from '../../support/cli';
import { alerts, dashboard, metricsOf, queries } from '../../support/grafana';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithS3 } from '../../support/servers';
import { describeWithTemporal } from '../../support/temporal';
import { type WorkerProject, workerProject } from '../../support/worker-project';

type Line = Record<string, unknown> & { level: string; message: string };

describeWithTemporal('a worker that is observed', () => {
  describeWithS3('with files in S3', () => {
    let made: WorkerProject;
    let view: BackfillView;
    let totals: Totals;
    let before: string;
    let after: string;
    let lines: Line[];
    let verified: Ended;

    beforeAll(async () => {
      made = await workerProject();
      const { project, proxy, bucket, sample, range } = made;
      const day = sample.delivery.from;
      // A file that cannot be read, one with a record that cannot be read, and one whose events are duplicates.
      await bucket.put(
        trailKey('damaged', { day }),
        Buffer.from('\x1f\x8b and then nothing that gzip knows', 'latin1'),
      );
      const again = trailFile(records(5, `${day}T01:00:00Z`));
      await bucket.put(trailKey('once', { day }), trailFile([...records(5, `${day}T01:00:00Z`), { no: 'time' }]));
      await bucket.put(trailKey('again', { day }), again);
      // As many failures as the store makes attempts: an activity fails, and is retried.
      const listing = new RegExp(`list-type=2.*${sample.accounts[0]}%2FCloudTrail%2F.*${day.replaceAll('-', '%2F')}`);
      proxy.addRule({ fault: { kind: 'refuse' }, path: listing, times: 5 });

      const metrics = `127.0.0.1:${await freePort(0)}`;
      const worker: Running = project.start('worker', '--log', 'json', '--metrics', metrics, '--json');
      const { metrics: url } = await worker.value<{ metrics: string }>();
      const scrape = async (): Promise<string> => (await fetch(url)).text();
      before = await scrape();
      view = viewOf(await project.ask('backfill', 'start', ...range, '--watch', '--json'));
      totals = view.totals as Totals;
      mkdirSync(project.path('keys'));
      const { body } = await bucket.get(`${KEYS_PREFIX}public-keys.json`);
      writeFileSync(project.path('keys', 'public-keys.json'), body);
      verified = await project.ask('verify', ...range, '--keys', 'keys', '--json');
      after = await scrape();
      const ended: Ended = await worker.interrupt();
      expect(ended.code).toBe(0);
      lines = valuesOf<Line>({ ...ended, stdout: ended.stderr });
    });
    afterAll(() => made.close());

    /** The samples of a metric, by their labels. */
    function samples(text: string, name: string): Record<string, number> {
      const found = [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))];
      return Object.fromEntries(found.map(([, labels = '', value]) => [labels, Number(value)]));
    }

    it('counts what the backfill counts', () => {
      expect(view).toMatchObject({ state: 'completed', failures: [] });
      expect(totals).toMatchObject({ quarantined: 1, rejects: 1, duplicates: 5 });
      const source = `source="${made.source}"`;
      const counted = Object.fromEntries(
        (['files', 'bytes', 'events', 'rejects', 'dropped', 'duplicates', 'skipped_files'] as const).map((what) => [
          what,
          samples(after, `trailmill_${what}_total`)[source],
        ]),
      );
      const { files, bytes, events, rejects, dropped, duplicates, skipped } = totals;
      expect(counted).toEqual({ files, bytes, events, rejects, dropped, duplicates, skipped_files: skipped });
      const quarantined = Object.entries(samples(after, 'trailmill_quarantined_files_total')).filter(([, n]) => n > 0);
      expect(quarantined).toEqual([[`reason="corrupt_gzip",${source}`, 1]]);
    });

    it('counts the snapshots that the tables have', async () => {
      const catalog = createStorageCatalog(createFileStore(made.project.path('warehouse')));
      const counted = samples(after, 'trailmill_commits_total');
      expect(Object.keys(counted)).toHaveLength(6);
      for (const suffix of ['', '_insights', '_digest', '_rejects', '_files', '_integrity']) {
        const name = `${made.source}${suffix}`;
        const { snapshots } = (await catalog.loadTable({ namespace: ICEBERG_NAMESPACE, name }))?.metadata ?? {
          snapshots: [],
        };
        const withRows = snapshots.filter(({ summary }) => Number(summary['added-records']) > 0).length;
        expect([name, counted[`table="${ICEBERG_NAMESPACE}.${name}"`]]).toEqual([name, withRows]);
      }
    });

    it('counts what the verification found, and reports when it ran', () => {
      const [{ counts }] = valuesOf<WholeReport>(verified);
      const { logFiles, digests, codes } = counts;
      const source = `source="${made.source}"`;
      const objects = samples(after, 'trailmill_verified_objects_total');
      for (const status of ['valid', 'failed', 'unproven'] as const)
        expect(objects[`${source},status="${status}"`]).toBe(logFiles[status] + digests[status]);
      const failed = Object.entries(samples(after, 'trailmill_integrity_failures_total')).filter(([, n]) => n > 0);
      const expected = codes.filter(({ status }) => status === 'failed');
      expect(failed).toEqual(expected.map(({ code, count }) => [`code="${code}",${source}`, count]));
      // The sample says that it was delivered to another bucket.
      expect(failed).toEqual([[`code="wrong_place",${source}`, digests.failed]]);
      const when = samples(after, 'trailmill_last_verification_timestamp_seconds')[source];
      expect(Math.abs(Date.now() / 1000 - when)).toBeLessThan(3600);
    });

    it('reports the time of the newest event', async () => {
      const tables = ['', '_insights', '_digest'].map((suffix) => `SELECT max(ts) AS ts FROM ${made.source}${suffix}`);
      const sql = `SELECT epoch(max(ts)) AS newest FROM (${tables.join(' UNION ALL ')})`;
      const [{ newest }] = JSON.parse((await made.project.ask('query', sql, '--json')).stdout);
      const gauge = samples(after, 'trailmill_newest_event_timestamp_seconds')[`source="${made.source}"`];
      expect(gauge).toBe(newest);
    });

    it('counts the requests to S3, and those that failed', () => {
      const counted = samples(after, 'trailmill_s3_requests_total');
      const sum = (label: string): number =>
        Object.entries(counted).reduce((total, [labels, value]) => total + (labels.includes(label) ? value : 0), 0);
      const bucket = `bucket="${made.bucket.uri.slice('s3://'.length)}"`;
      expect(Object.keys(counted).every((labels) => labels.includes(bucket))).toBe(true);
      // Each file once; the tables are on disk.
      expect(sum('operation="GetObject"')).toBe(totals.files);
      expect(counted[`${bucket},operation="ListObjectsV2",outcome="failed"`]).toBe(5);
      expect(sum('outcome="answered"')).toBe(sum(bucket) - 5);
    });

    it('has its counters at 0 from the beginning', () => {
      const ofTheProject = Object.keys(COUNTERS).filter((name) => name !== 'trailmill_s3_requests');
      for (const name of ofTheProject) {
        const values = Object.values(samples(before, `${name}_total`));
        expect([name, values.length > 0, values.every((value) => value === 0)]).toEqual([name, true, true]);
      }
      for (const name of Object.keys(GAUGES)) expect(samples(before, name)).toEqual({});
    });

    it('has every metric that the dashboard and the alerts query', () => {
      const asked = [...queries(dashboard()), ...alerts().map(({ expr }) => expr)].flatMap(metricsOf);
      const missing = new Set(asked.filter((name) => Object.keys(samples(after, name)).length === 0));
      expect([...missing]).toEqual([]);
    });

    it('logs one JSON object per line, and each line of an activity has its workflow, source and day', () => {
      const ofActivities = lines.filter(({ activityType }) => activityType !== undefined);
      expect(ofActivities.length).toBeGreaterThan(10);
      const { source, id } = made;
      for (const { workflowId, day, from, ...line } of ofActivities) {
        expect(line).toMatchObject({ source, runId: expect.any(String), attempt: expect.any(Number) });
        expect(from === undefined ? [`ingest/${source}/${day}`] : [id, id.replace('backfill/', 'verify/')]).toContain(
          workflowId,
        );
      }
    });

    it('logs each batch, commit and bad file, with its counts', () => {
      const said = (message: string): Line[] => lines.filter((line) => line.message === message);
      const sum = (message: string, field: string): number =>
        said(message).reduce((total, line) => total + Number(line[field]), 0);
      const { files, events, rejects, duplicates } = totals;
      expect(said('Day planned')).toHaveLength(view.days?.total ?? 0);
      expect(sum('Batch written', 'files')).toBe(files);
      // Duplicates are found by the commit.
      expect(sum('Batch written', 'events')).toBe(events + duplicates);
      expect([sum('Group committed', 'events'), sum('Group committed', 'rejects')]).toEqual([events, rejects]);
      expect(said('Files quarantined')).toEqual([
        expect.objectContaining({
          level: 'WARN',
          reason: 'corrupt_gzip',
          files: 1,
          key: expect.stringContaining('damaged'),
          day: made.sample.delivery.from,
        }),
      ]);
      expect(said('Activity failed')[0]).toMatchObject({
        level: 'WARN',
        attempt: 1,
        error: { type: 'StorageUnavailable', message: expect.stringContaining('ListObjectsV2') },
      });
    });

    it('that cannot start says so in a log line, or names the address that it cannot use', async () => {
      const { project } = made;
      const failed = await project.run('worker', '--log', 'json', '--address', '127.0.0.1:1');
      expect(failed.code).toBe(2);
      expect(valuesOf<Line>({ ...failed, stdout: failed.stderr }).at(-1)).toMatchObject({
        level: 'ERROR',
        message: expect.stringContaining('No Temporal server at 127.0.0.1:1'),
      });
      const taken = new URL(made.proxy.endpoint).host;
      const [metrics, health] = await Promise.all([
        project.run('worker', '--metrics', taken),
        project.run('worker', '--health', taken),
      ]);
      expect([metrics.code, plainLines(metrics)[0]]).toEqual([
        2,
        expect.stringContaining(`trailmill: The metrics server cannot listen on ${taken} (`),
      ]);
      expect([health.code, plainLines(health)]).toEqual([
        2,
        [
          `trailmill: The health server cannot listen on ${taken} (EADDRINUSE).`,
          '  Choose another address (--health, TRAILMILL_HEALTH).',
        ],
      ]);
    });
  });
});
