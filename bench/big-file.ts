/**
 * What one large legal file costs: a trail file of so many MB of JSON goes through a decoder thread's work in a process of
 * its own, and the largest resident size of that process is told. A chunk is written out between files, so all rows of one
 * file are in memory at once.
 *
 * `npm run bench:big-file [-- MB …]`
 */
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { BUFFER_BYTES } from '../activities/ingest-batch.js';
import { defaultTables, tablesOf } from '../cloudtrail/tables.js';
import { schemaOf } from '../iceberg/schema.js';
import { ingestChunk } from '../ingest/chunk.js';
import { resident } from './process-memory.js';
import { sampleRecords } from './records.js';

const SIZES = [50, 100, 200, 400];
const MB = 1e6;

interface Cost {
  megabytes: number;
  gzipped: number;
  events: number;
  parquetFiles: number;
  seconds: number;
  /** MB resident before the file was opened, and at the most. */
  before: number;
  peak: number;
}

/** A trail file, gzipped. The text is garbage again when this returns. */
async function bigFile(bytes: number): Promise<{ size: number; body: Buffer }> {
  const record = await sampleRecords();
  const text = Buffer.alloc(bytes + 64 * 1024);
  let size = text.write('{"Records":[', 0);
  for (let i = 0; size < bytes; i++) size += text.write(i === 0 ? record(i) : `,${record(i)}`, size);
  size += text.write(']}', size);
  return { size, body: gzipSync(text.subarray(0, size), { level: 1 }) };
}

async function child(megabytes: number): Promise<void> {
  const { size, body } = await bigFile(megabytes * MB);
  // With --expose-gc: the text that the file was made of is no part of what reading it costs.
  (globalThis as { gc?: () => void }).gc?.();
  const before = resident('VmRSS');
  const started = performance.now();
  const [config] = defaultTables('bench');
  const definitions = tablesOf('bench', [config]);
  const { written, ledger } = await ingestChunk({
    ...{ batch: 'bench', run: 'bench', maxFileBytes: 2 ** 31, deduplicate: true, bufferBytes: BUFFER_BYTES },
    files: [
      {
        ...{ key: 'k', etag: 'e', size: body.length, account: '1', region: 'us-east-1', kind: 'CloudTrail' },
        ...{ uri: 'file:///k', deliveredAt: 0, body },
      },
    ],
    tables: [{ config, schema: schemaOf(definitions.default?.columns ?? []) }],
    rejectsSchema: schemaOf(definitions.rejects.columns),
  });
  const cost: Cost = {
    megabytes: size / MB,
    gzipped: body.length / MB,
    events: ledger[0].records,
    parquetFiles: written.length,
    seconds: (performance.now() - started) / 1000,
    before,
    peak: resident('VmHWM'),
  };
  console.log(JSON.stringify(cost));
}

function main(): void {
  const asked = process.argv.slice(2).map(Number);
  console.log(row('MB of JSON', 'events', 's', 'MB before', 'peak MB', 'above, per MB'));
  for (const size of asked.length > 0 ? asked : SIZES) {
    const argv = ['--expose-gc', __filename, '--child', String(size)];
    const cost = JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' })) as Cost;
    const { megabytes, events, seconds, before, peak } = cost;
    const whole = [megabytes, events, seconds, before, peak].map((value) => Math.round(value).toLocaleString('en-US'));
    console.log(row(...whole, ((peak - before) / megabytes).toFixed(1)));
  }
}

function row(...cells: string[]): string {
  return cells.map((cell) => cell.padStart(14)).join('');
}

if (process.argv[2] === '--child') void child(Number(process.argv[3]));
else main();
