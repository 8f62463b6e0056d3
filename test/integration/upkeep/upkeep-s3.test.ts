/** Ingestion, upkeep and searches on an S3 server, from the command line: the same rows, and unused objects are removed. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultProxy } from '../../../dev/servers/fault-proxy';
import { createBuckets, rootEnvironment, type S3Server } from '../../../dev/servers/s3-server';
import type { UpkeepResult } from '../../../protocol/upkeep-messages';
import { writeSample } from '../../../sample/index';
import type { ObjectStore } from '../../../storage/object-store';
import { createS3Store } from '../../../storage/s3/store';
import { type Ended, Project, type Up, valuesOf } from '../../support/cli';
import { describeWithDuckDbOnS3 } from '../../support/httpfs';
import { startOwnS3 } from '../../support/servers';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const [LOGS, LAKE] = ['logs', 'lake'];
const TABLES = ['', '_digest', '_files', '_rejects'];
/** Milliseconds. */
const LATENCY = 30;
const DAY_SECONDS = 24 * 3_600;

/** What `find --json` prints, without its events. */
interface Summary {
  values: { value: string; events: number; firstSeen: string | null; lastSeen: string | null }[];
  looked: { files: number; opened: number };
}

describeWithTemporal('upkeep on an S3 server', () => {
  describeWithDuckDbOnS3('with DuckDB', () => {
    const source = `upkeep_s3_${randomBytes(6).toString('hex')}`;
    const server = ['--address', temporalAddress(), '--task-queue', source];
    const data = `trailmill/${source}/data/orphan_day=2024-02-28`;
    const orphans = [`${data}/dead.parquet`, `trailmill/${source}/metadata/dead-m0.avro`];
    const young = `${data}/young.parquet`;
    let directory: string;
    let s3: S3Server;
    let proxy: FaultProxy;
    let project: Project;
    let lake: ObjectStore;
    let range: string[];

    const ask = (...argv: string[]): Promise<Ended> => project.ask(...argv);
    const upkeep = async (...more: string[]): Promise<UpkeepResult> => {
      const ended = await ask('upkeep', ...server, ...more, '--json');
      expect(ended).toMatchObject({ code: 0 });
      return valuesOf<UpkeepResult>(ended).at(-1) as UpkeepResult;
    };

    /** Counts, and a sum over the hashes of all values of all rows. */
    async function content(): Promise<string> {
      const parts = TABLES.map(
        (suffix) =>
          `SELECT '${suffix}' AS t, count(*) AS n, sum(hash(x::VARCHAR)::HUGEINT)::VARCHAR AS h FROM ${source}${suffix} AS x`,
      );
      const ended = await ask('query', `${parts.join(' UNION ALL ')} ORDER BY t`, '--json');
      expect(ended).toMatchObject({ code: 0 });
      return ended.stdout;
    }

    async function keysBelow(prefix: string): Promise<string[]> {
      const keys: string[] = [];
      for await (const { objects } of lake.list(prefix)) keys.push(...objects.map(({ key }) => key));
      return keys;
    }

    async function rowsOf(sql: string): Promise<Record<string, string>[]> {
      return JSON.parse((await ask('query', sql, '--json')).stdout) as Record<string, string>[];
    }

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'trailmill-upkeep-s3-'));
      s3 = await startOwnS3({ directory: join(directory, 's3') });
      proxy = await FaultProxy.start({ target: s3.endpoint });
      await createBuckets(s3, LOGS, LAKE);
      project = new Project(join(directory, 'project'), rootEnvironment(s3));
      await ask('init');
      const address = (place: string): string => `s3://${place}?endpoint=${proxy.endpoint}&region=${s3.region}`;
      writeFileSync(
        project.path('log_sources', 'aws_cloudtrail', 'log_source.yml'),
        `name: ${source}\ningest: {location: "${address(LOGS)}"}\nwarehouse: "${address(`${LAKE}/w`)}"\n` +
          'upkeep: {compact_after_days: 1, keep_snapshots_days: 1, keep_unused_days: 1}\n',
      );
      writeFileSync(project.path('temporal.yaml'), 'ingest: {batch_files: 60, group_batches: 1}\n');
      const store = (bucket: string, prefix: string): ObjectStore =>
        createS3Store({
          ...{ bucket, prefix, options: { endpoint: s3.endpoint, region: s3.region } },
          credentials: async () => s3.rootCredentials,
        });
      lake = store(LAKE, 'w');
      const { delivery } = await writeSample(store(LOGS, ''), {
        ...{ days: 2, accounts: 2, regions: 1, eventsPerHour: 30 },
      });
      range = ['--from', delivery.from, '--to', delivery.to];
      await project.start('worker', ...server, '--json').value<Up>();
      expect(await ask('backfill', 'start', ...range, ...server, '--watch', '--json')).toMatchObject({ code: 0 });
    });
    beforeEach(() => proxy.behave());
    afterAll(async () => {
      await project?.close();
      await proxy?.close();
      await s3?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    /**
     * Searches without and with latency on every request, three times each: the machine may be busy. Returns the requests of the
     * last search, and the seconds that latency adds to the fastest one.
     */
    async function findSlowly(value: string): Promise<Summary & { requests: number; seconds: number; added: number }> {
      const fastest = async (latencyMs: number): Promise<{ ended: Ended; seconds: number }> => {
        proxy.latencyMs = latencyMs;
        const runs: { ended: Ended; seconds: number }[] = [];
        while (runs.length < 3) {
          proxy.resetCounts();
          const started = performance.now();
          const ended = await ask('find', value, '--json');
          runs.push({ ended, seconds: (performance.now() - started) / 1000 });
        }
        proxy.behave();
        return runs.reduce((one, other) => (one.seconds < other.seconds ? one : other));
      };
      const near = await fastest(0);
      const far = await fastest(LATENCY);
      const { requests } = proxy.counts;
      const summary = JSON.parse(far.ended.stdout) as Summary;
      expect(far.ended.code).toBe(summary.values[0].events > 0 ? 0 : 1);
      return { ...summary, requests, seconds: far.seconds, added: far.seconds - near.seconds };
    }

    async function expectQuickSearches(): Promise<{
      absent: number;
      present: number;
      opened: number;
      seconds: number[];
    }> {
      const absent = await findSlowly('AKIAABSENTABSENTABSE');
      expect(absent).toMatchObject({ values: [{ events: 0 }], looked: { opened: 0 } });
      const [{ id, n }] = await rowsOf(
        `SELECT aws.cloudtrail.user_identity.access_key_id AS id, count(*)::VARCHAR AS n FROM ${source} WHERE id IS NOT NULL GROUP BY 1 ORDER BY count(*), 1 LIMIT 1`,
      );
      const present = await findSlowly(id);
      expect(present.values).toMatchObject([{ value: id, events: Number(n) }]);
      for (const { added } of [absent, present]) expect(added).toBeLessThan(2);
      return {
        absent: absent.requests,
        present: present.requests,
        opened: present.looked.opened,
        seconds: [absent.seconds, present.seconds],
      };
    }

    it('keeps all rows, removes unused objects, and makes searches cheaper', async () => {
      for (const key of [...orphans, young]) await lake.put(key, Buffer.from('left by an attempt that died'));
      const longAgo = Date.now() / 1000 - 2 * DAY_SECONDS;
      for (const key of orphans) utimesSync(join(directory, 's3', 'buckets', LAKE, 'w', key), longAgo, longAgo);
      const before = await content();
      const searched = await expectQuickSearches();

      const objects = (await keysBelow('trailmill/')).sort();
      const dry = await upkeep('--dry-run');
      expect((await keysBelow('trailmill/')).sort()).toEqual(objects);
      expect(dry.done[0].unused.files).toBe(orphans.length);

      const done = await upkeep('--watch');
      for (const [index, { compacted, unused }] of done.done.entries()) {
        expect(compacted.after.files).toBe(compacted.days);
        expect(dry.done[index].compacted).toMatchObject({ days: compacted.days, before: compacted.before });
        expect(unused.files).toBe(index === 0 ? orphans.length : 0);
      }
      const left = new Set(await keysBelow(`trailmill/${source}/`));
      expect([...orphans, young].map((key) => left.has(key))).toEqual([false, false, true]);
      expect(await content()).toBe(before);
      expect((await ask('audit', ...range)).stdout).toContain('audit: clean');

      const afterwards = await expectQuickSearches();
      expect(afterwards.opened).toBeLessThanOrEqual(searched.opened);
      expect(afterwards.absent).toBeLessThanOrEqual(searched.absent);
      process.stderr.write(
        `[find on S3] requests before upkeep ${JSON.stringify(searched)}, after ${JSON.stringify(afterwards)}\n`,
      );
      // For the absent value: the metadata of both tables, and the segments of their indexes, which are merged when older.
      expect(afterwards.absent).toBeLessThan(60);
      expect(afterwards.present).toBeLessThan(80);

      const { done: again } = await upkeep();
      for (const { table, compacted, unused } of again)
        expect([table, compacted.days, unused.files]).toEqual([table, 0, 0]);
    });
  });
});
