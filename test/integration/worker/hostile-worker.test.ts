/**
 * A bucket with two days of good files and of files that are made to exhaust the memory of a worker, and a worker with the
 * default settings. Both days complete, each hostile file is quarantined by its key, every good file is ingested, the audit is
 * clean, and the worker is the same process all the time and stays below 1 GiB.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AuditReport } from '../../../audit/report';
import { defaultTables } from '../../../cloudtrail/tables';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { createFileStore } from '../../../storage/file';
import { BOMBS } from '../../support/bomb';
import type { Started } from '../../support/cli';
import { Project, type Up, valuesOf, viewOf } from '../../support/cli';
import { HOSTILE } from '../../support/hostile';
import { memoryLimit, peakMemory } from '../../support/memory-limit';
import { ingestWholeDay, memoryRun, records, rowsOf, trailFile, trailKey } from '../../support/runs';
import { freshName } from '../../support/servers';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const GIB = 1 << 30;
const DAYS = ['2024-03-05', '2024-03-06'] as const;
const GOOD_A_DAY = 15;
const RECORDS = 20;

/** What the ledger must say about {@link HOSTILE} files and decompression bombs. What is ingested is large, but allowed. */
const KINDS: Record<string, 'over_limit' | 'too_large' | 'ingested'> = {
  'two million numbers for records': 'over_limit',
  'as many numbers for records as fit': 'over_limit',
  'empty objects for records': 'over_limit',
  '20,000 event days': 'over_limit',
  'a key as long as the file': 'over_limit',
  'a value as long as the file': 'over_limit',
  'a user agent as long as a record may be': 'ingested',
  'a rejected record as long as the file': 'over_limit',
  'a message as long as the file, with an escape': 'over_limit',
  'a million members at the top of a record': 'over_limit',
  'millions of members of an object that is no record': 'over_limit',
  'a key that is there a million times': 'ingested',
  'an unknown key that is there too often': 'over_limit',
  'nothing but opening brackets': 'over_limit',
  'large records, as many as fit': 'ingested',
  'gzip of zeros': 'too_large',
  'gzip of spaces': 'too_large',
  'zstd of spaces': 'too_large',
};

type Row = Record<string, unknown>;

/** Good files by key. */
const good = new Map<string, Buffer>();
for (const day of DAYS)
  for (let n = 0; n < GOOD_A_DAY; n++) {
    const more = { userAgent: 'aws-cli/2.13.5', sourceIPAddress: '192.0.2.1', requestParameters: { n } };
    good.set(trailKey(`good${n}`, { day }), trailFile(records(RECORDS, `${day}T10:00:00Z`, more, `${day}-${n}`)));
  }

/** The rows of good files as text. The address of the bucket and the time of ingestion are not compared. */
function ofGoodFiles(rows: Row[]): string[] {
  return rows
    .map((row) => JSON.stringify(row))
    .filter((text) => text.includes('_good'))
    .map((text) => text.replace(/"[a-z]+:\/\/[^"]*?(AWSLogs[^"]*)"/g, '"$1"'))
    .sort();
}

describeWithTemporal('a worker that reads hostile files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-hostile-'));
  const project = new Project(join(directory, 'project'), {});
  const source = freshName('hostile').replaceAll('-', '_');
  const limit = memoryLimit(GIB);
  afterAll(async () => {
    await project.close();
    limit?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('quarantines each of them, ingests all others, and stays below 1 GiB', async () => {
    await project.ask('init');
    const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^name: .*/m, `name: ${source}`));
    writeFileSync(
      project.path('temporal.yaml'),
      `temporal: {address: "${temporalAddress()}", task_queue: ${source}}\n`,
    );
    const put = (key: string, body: Buffer): void => {
      const path = project.path('bucket', key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, body);
    };
    for (const [key, body] of good) put(key, body);
    const kindOf = new Map<string, string>();
    Object.keys(KINDS).forEach((kind, n) => {
      const key = trailKey(`h${n}`, { day: DAYS[n % DAYS.length] });
      kindOf.set(key, kind);
      put(key, BOMBS[kind]?.() ?? HOSTILE[kind].make());
    });

    const worker = project.start('worker', '--json');
    limit?.add(worker.pid);
    await worker.value<Up>();
    const range = ['--from', DAYS[0], '--to', DAYS[1]];
    const started = project.start('backfill', 'start', ...range, '--watch', '--json');
    // The backfill does not end when its worker is killed: another one could continue it.
    const died = worker.ended.then(({ code }) => Promise.reject(new Error(`The worker ended with ${code}.`)));
    died.catch(() => {});
    const ended = await Promise.race([started.ended, died]);
    const [{ id }] = valuesOf<Started>(ended);
    const wanted = Object.values(KINDS);
    const count = (what: string): number => wanted.filter((kind) => kind === what).length;
    expect(viewOf(ended)).toMatchObject({
      id,
      state: 'completed',
      days: { done: 2, failed: 0 },
      totals: {
        files: good.size + kindOf.size,
        quarantined: wanted.length - count('ingested'),
        quarantinedFor: expect.arrayContaining([
          expect.objectContaining({ code: 'over_limit', files: count('over_limit') }),
          expect.objectContaining({ code: 'too_large', files: count('too_large') }),
        ]),
      },
    });
    // It is still the first process: it was not killed and started again.
    expect(peakMemory(worker.pid)).toBeLessThan(GIB);

    const reference = memoryRun();
    for (const [key, body] of good) await reference.bucket.put(key, body);
    for (const day of DAYS) await ingestWholeDay(reference, day);
    const warehouse = createFileStore(project.path('warehouse'));
    const run = {
      ...reference,
      config: { ...reference.config, source, tables: defaultTables(source) },
      warehouse,
      catalog: createStorageCatalog(warehouse),
    };
    const expected = ofGoodFiles(await rowsOf(reference, 'default'));
    expect(expected).toHaveLength(good.size * RECORDS);
    expect(ofGoodFiles(await rowsOf(run, 'default'))).toEqual(expected);
    const ledger = (await rowsOf(run, 'ledger')) as { key: string; status: string; error: string | null }[];
    const said = ledger.map(({ key, status, error }) => [kindOf.get(key) ?? 'good', error?.split(':')[0] ?? status]);
    expect(said.sort()).toEqual([...Object.entries(KINDS), ...[...good].map(() => ['good', 'ingested'])].sort());

    const audit = await project.ask('audit', ...range, '--json');
    expect(valuesOf<AuditReport>(audit)).toMatchObject([{ clean: true }]);
    const stopped = await worker.interrupt();
    expect(stopped.code).toBe(0);
  }, 600_000);
});
