/**
 * The memory and time for one large valid file: a trail file with the given MB of JSON is decoded like in a decoder thread, in a
 * separate process, and the peak resident size of that process is printed. Chunks are written between files, so all rows of a
 * file are in memory at once.
 *
 * `npm run bench:big-file [-- MB …]`
 */
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { defaultTables, tablesOf } from '../../cloudtrail/tables.js';
import { schemaOf } from '../../iceberg/schema.js';
import { BUFFER_BYTES } from '../../ingest/batch.js';
import { decodeChunk } from '../../ingest/chunk.js';
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
  /** Resident MB before the file was opened, and at the peak. */
  before: number;
  peak: number;
}

/** Creates a gzipped trail file. Its text can be garbage collected when this returns. */
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
  // With --expose-gc: the text of the file must not count as memory of the decoder.
  (globalThis as { gc?: () => void }).gc?.();
  const before = resident('VmRSS');
  const started = performance.now();
  const [config] = defaultTables('bench');
  const definitions = tablesOf('bench', [config]);
  const { written, ledger } = await decodeChunk({
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
  const sizes = process.argv.slice(2).map(Number);
  console.log(row('MB of JSON', 'events', 's', 'MB before', 'peak MB', 'above, per MB'));
  for (const size of sizes.length > 0 ? sizes : SIZES) {
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
