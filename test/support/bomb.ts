/**
 * Decompression bombs, and the memory that a process needs for one. A separate program, so that nothing else is in the
 * memory that is measured: `node -r ./test/support/register-ts.js test/support/bomb.ts FORM`. Prints {@link Exploded}.
 */
import { readFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { defaultTables, tablesOf } from '../../cloudtrail/tables';
import { schemaOf } from '../../iceberg/schema';
import { BUFFER_BYTES } from '../../ingest/batch';
import { decodeChunk } from '../../ingest/chunk';
import { inJavaScript, unzstd } from '../../ingest/uncompress/zstd';
import { problemText, statusOf } from '../../ledger/entry';
import { records } from './runs';

const MIB = 1 << 20;
/** Of each bomb, uncompressed. */
export const BOMB_BYTES = 1100 * MIB;
export const LIMIT = 16 * MIB;

export interface Exploded {
  stored: number;
  error: string;
  /** Of the files before it and after it. */
  others: string[];
  /** Bytes by which the process grew, at its peak. */
  grown: number;
}

/** One gzip member: a deflate block of 1 MiB, over and over. Its trailer is wrong, but no reader should get that far. */
function gzipOf(fill: number): Buffer {
  const raw = zlib.deflateRawSync(Buffer.alloc(MIB, fill), { finishFlush: zlib.constants.Z_FULL_FLUSH });
  const header = Buffer.from('1f8b0800000000000003', 'hex');
  return Buffer.concat([
    header,
    ...Array<Buffer>(BOMB_BYTES / MIB).fill(raw),
    Buffer.from('030000000000000000', 'hex'),
  ]);
}

/** One frame of blocks that say "128 KiB of this byte" (RFC 8878, 3.1.1.2), in a window of 1 MiB. */
function zstdOf(fill: number): Buffer {
  const size = 128 * 1024;
  const block = (last: number): Buffer => {
    const header = Buffer.alloc(4);
    header.writeUIntLE(last | (1 << 1) | (size << 3), 0, 3);
    header[3] = fill;
    return header;
  };
  const count = BOMB_BYTES / size;
  return Buffer.concat([Buffer.from('28b52ffd0050', 'hex'), ...Array<Buffer>(count - 1).fill(block(0)), block(1)]);
}

export const BOMBS: Record<string, () => Buffer> = {
  'gzip of zeros': () => gzipOf(0),
  'gzip of spaces': () => gzipOf(32),
  'gzip in a thousand members': () =>
    Buffer.concat(Array<Buffer>(BOMB_BYTES / MIB).fill(zlib.gzipSync(Buffer.alloc(MIB, 32)))),
  'zstd of spaces': () => zstdOf(32),
};

/** Bytes. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function resident(name: 'VmRSS' | 'VmHWM'): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kib) * 1024;
}

async function ingest(bombs: readonly Buffer[]): Promise<string[]> {
  const good = zlib.gzipSync(JSON.stringify({ Records: records(2) }));
  const [config] = defaultTables('t');
  const { default: table, rejects } = tablesOf('t', [config]);
  const { ledger } = await decodeChunk({
    ...{ batch: 'b', run: 'r', maxFileBytes: LIMIT, deduplicate: true, bufferBytes: BUFFER_BYTES },
    files: [good, ...bombs, good].map((body, at) => ({
      ...{ key: `${at}`, etag: `${at}`, size: body.length, account: '1', region: 'us-east-1', kind: 'CloudTrail' },
      ...{ uri: `memory://${at}`, deliveredAt: 0, body },
    })),
    tables: [{ config, schema: schemaOf(table?.columns ?? []) }],
    rejectsSchema: schemaOf(rejects.columns),
  });
  return ledger.map((entry) => `${statusOf(entry)} ${entry.problem ? problemText(entry.problem) : entry.records}`);
}

async function explode(form: string): Promise<Exploded> {
  const bomb = BOMBS[form.replace(' in JavaScript', '')]();
  // What a first chunk loads and compiles must not count.
  await ingest([]);
  const before = resident('VmRSS');
  let said: string[];
  if (form.endsWith('in JavaScript')) {
    const refused = (): string => {
      try {
        unzstd(bomb, LIMIT, inJavaScript);
        return 'accepted';
      } catch (error) {
        return `quarantined ${(error as { reason: string }).reason}: `;
      }
    };
    said = ['', refused(), ''];
  } else said = await ingest([bomb]);
  const [first, error, last] = said;
  return { stored: bomb.length, error, others: [first, last], grown: resident('VmHWM') - before };
}

if (require.main === module) void explode(process.argv[2]).then((result) => console.log(JSON.stringify(result)));
