/**
 * A bucket of two days in which good files and files that are made to take the memory of a worker stand side by side, and a
 * worker as anybody starts it, with the default settings. Both days complete, each culprit is quarantined by its key, all
 * that is good is ingested, and it is the same process all the time, below 1 GiB.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AuditReport } from '../../audit/report';
import { NAMESPACE } from '../../cloudtrail/tables';
import { storageCatalog } from '../../iceberg/catalog-settings';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import { createFileStore } from '../../storage/file';
import type { Totals } from '../../workflows/messages';
import { Project, type Up, valuesOf, viewOf } from '../support/cli';
import { HOSTILE } from '../support/hostile';
import { memoryLimit, peakMemory } from '../support/memory-limit';
import { INGEST, ingestWholeDay, memoryRun, records, rowsOf, trailFile, trailKey } from '../support/runs';
import { freshName } from '../support/servers';
import { describeWithTemporal, temporalAddress } from '../support/temporal';

const DAYS = ['2024-03-05', '2024-03-06'] as const;
const GOOD_A_DAY = 15;
const RECORDS = 20;
const MIB = 1 << 20;

type Row = Record<string, unknown>;

/** By key. */
const good = new Map<string, Buffer>();
for (const day of DAYS)
  for (let n = 0; n < GOOD_A_DAY; n++)
    good.set(
      trailKey(`good${n}`, { day }),
      trailFile(records(RECORDS, `${day}T10:00:00Z`, { userAgent: 'aws-cli/2.13', sourceIPAddress: '192.0.2.1' }, `${day}-${n}`)),
    );

/** Where a row came from differs with the bucket; what it says does not. */
function said(rows: Row[]): string[] {
  return rows
    .map((row) => JSON.stringify(row).replace(/"[a-z]+:\/\/[^"]*?(AWSLogs[^"]*)"/g, '"$1"'))
    .sort();
}

describeWithTemporal('a worker with hostile files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-hostile-'));
  const project = new Project(join(directory, 'project'), {});
  const source = freshName('hostile').replaceAll('-', '_');
  const limit = memoryLimit(1024 * MIB);
  afterAll(async () => {
    await project.close();
    limit?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('quarantines each of them, ingests all others, and stays below 1 GiB', async () => {
    await project.run('init');
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
    const names = Object.keys(HOSTILE);
    const keyOf = (n: number): string => trailKey(`h${n}`, { day: DAYS[n % 2] });
    names.forEach((name, n) => put(keyOf(n), gzipSync(HOSTILE[name].make(), { level: 1 })));

    const worker = project.start('worker', '--json');
    limit?.add(worker.pid);
    await worker.value<Up>();
    const idle = peakMemory(worker.pid);
    const started = Date.now();
    const ended = await project.run('backfill', 'start', '--from', DAYS[0], '--to', DAYS[1], '--watch', '--json');
    const view = viewOf(ended);
    console.log(JSON.stringify(view), 'idle', idle, 'peak', peakMemory(worker.pid), 'cgroup', limit?.peak(), Date.now() - started);
  }, 600_000);
});
