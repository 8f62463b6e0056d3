/**
 * Files that are valid gzip and valid JSON, a few KB or MB as stored, designed to exhaust the memory or the time of a worker.
 * A separate program, so that nothing else is in the memory that is measured: it answers each {@link HostileRequest} of its
 * parent with a {@link Survived}.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { defaultTables, tablesOf } from '../../cloudtrail/tables';
import { INGEST } from '../../config/defaults';
import { schemaOf } from '../../iceberg/schema';
import { BUFFER_BYTES } from '../../ingest/batch';
import { decodeChunk } from '../../ingest/chunk';
import { problemText, statusOf } from '../../ledger/entry';
import { records } from './runs';

const MIB = 1 << 20;
/** Uncompressed bytes of most files: near the default of `ingest.max_file_size`, as far as the longest string allows. */
const SIZE = INGEST.maxFileBytes - MIB;
/** For the files that take the longest to read: a quarter of the default. */
const SMALLER_FILE_BYTES = INGEST.maxFileBytes / 4;
const SMALLER = SMALLER_FILE_BYTES - MIB;

export interface HostileRequest {
  file: string;
  maxFileBytes: number;
}

export interface Survived {
  /** For the file before it, for it, and for the file after it. */
  ledger: string[];
  parquetFiles: number;
  seconds: number;
  /** Peak resident memory while the file was read, in MiB. */
  peak: number;
}

interface Hostile {
  make(): Buffer;
  says: string;
  /** Instead of the default of `ingest.max_file_size`. */
  maxFileBytes?: number;
}

/**
 * The gzip file of `before`, then `unit` again and again up to `size` bytes in total, then `after`: a compressed block of units
 * is repeated, which takes a fraction of the time of compressing them all.
 */
function filled(before: string, unit: string, after: string, size = SIZE): Buffer {
  const count = Math.floor((size - before.length - after.length) / unit.length);
  const perBlock = Math.max(1, Math.floor(MIB / unit.length));
  const blocks = Math.floor(count / perBlock);
  const start = Buffer.from(before);
  const block = Buffer.alloc(perBlock * unit.length, unit);
  const end = Buffer.concat([Buffer.alloc((count - blocks * perBlock) * unit.length, unit), Buffer.from(after)]);
  let checksum = crc32(start);
  for (let n = 0; n < blocks; n++) checksum = crc32(block, checksum);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(end, checksum), 0);
  trailer.writeUInt32LE(start.length + blocks * block.length + end.length, 4);
  const deflated = (data: Buffer, finishFlush = constants.Z_FULL_FLUSH): Buffer =>
    deflateRawSync(data, { level: 1, finishFlush });
  return Buffer.concat([
    Buffer.from('1f8b0800000000000003', 'hex'),
    deflated(start),
    ...Array<Buffer>(blocks).fill(deflated(block)),
    deflated(end, constants.Z_FINISH),
    trailer,
  ]);
}

function numbered(before: string, count: number, unit: (n: number) => string, after: string): Buffer {
  const parts: Buffer[] = [Buffer.from(before)];
  for (let n = 0; n < count; n += 10_000)
    parts.push(Buffer.from(Array.from({ length: Math.min(10_000, count - n) }, (_, i) => unit(n + i)).join('')));
  return gzipSync(Buffer.concat([...parts, Buffer.from(after)]), { level: 1 });
}

const TIME = '"eventTime":"2024-03-05T12:00:00Z"';
const START = `{"Records":[{${TIME},`;
const END = '}]}';
const dayAt = (n: number): string => new Date(Date.UTC(1960, 0, 1 + n)).toISOString().slice(0, 10);

/** By name: the file as it is stored, and the beginning of what the ledger says about it. */
export const HOSTILE: Record<string, Hostile> = {
  'two million numbers for records': {
    make: () => filled('{"Records":[1', ',1', ']}', 4_000_000),
    says: 'quarantined over_limit: The file exceeds the limit of 100,000 rejected records per file',
  },
  'as many numbers for records as fit': {
    make: () => filled('{"Records":[1', ',1', ']}'),
    says: 'quarantined over_limit: The file exceeds the limit of 100,000 rejected records per file',
  },
  'a line with a number, again and again': {
    make: () => filled(`{${TIME}}\n`, '1\n', ''),
    says: 'quarantined over_limit: The file exceeds the limit of 100,000 rejected records per file',
  },
  'empty objects for records': {
    make: () => filled('{"Records":[{}', ',{}', ']}'),
    says: 'quarantined over_limit: The file exceeds the limit of 100,000 rejected records per file',
  },
  '20,000 event days': {
    make: () => numbered(`{"Records":[{${TIME}}`, 20_000, (n) => `,{"eventTime":"${dayAt(n)}T12:00:00Z"}`, ']}'),
    says: 'quarantined over_limit: The file exceeds the limit of 400 event days per file',
  },
  '390 event days': {
    make: () => numbered(`{"Records":[{${TIME}}`, 390, (n) => `,{"eventTime":"${dayAt(n)}T12:00:00Z"}`, ']}'),
    says: 'ingested 391',
  },
  'a key as long as the file': {
    make: () => filled(`${START}"`, 'k', `":1${END}`),
    says: 'quarantined over_limit: The file exceeds the limit of 8,388,608 bytes per record',
  },
  'a key as long as the file, in front of the records': {
    make: () => filled('{"', 'k', `":1,"Records":[{${TIME}}]}`),
    says: 'ingested 1',
  },
  'a value as long as the file': {
    make: () => filled(`${START}"eventName":"`, 'v', `"${END}`),
    says: 'quarantined over_limit: The file exceeds the limit of 8,388,608 bytes per record',
  },
  'a user agent as long as a record may be': {
    make: () => filled(`${START}"userAgent":"`, 'Mozilla/', `"${END}`, 8 * MIB - 100),
    says: 'ingested 1',
  },
  'a number as long as the file': {
    make: () => filled(`${START}"requestParameters":{"n":`, '7', `}${END}`),
    says: 'quarantined over_limit: The file exceeds the limit of 8,388,608 bytes per record',
  },
  'a rejected record as long as the file': {
    make: () => filled('{"Records":[{"eventName":"', 'v', '"},{"eventTime":"2024-03-05T12:00:00Z"}]}'),
    says: 'quarantined over_limit: The file exceeds the limit of 8,388,608 bytes per record',
  },
  'a string for a record, as long as the file': {
    make: () => filled('{"Records":["', 'v', '"]}'),
    says: 'quarantined over_limit: The file exceeds the limit of 8,388,608 bytes of JSON text',
  },
  'a message as long as the file, with an escape': {
    make: () => filled('{"message":"{\\"a\\":\\"', 'v', '\\"}"}'),
    says: 'quarantined over_limit: The file exceeds the limit of 8,388,608 bytes of JSON text',
  },
  'a million members at the top of a record': {
    make: () => numbered(START.slice(0, -1), 1_000_000, (n) => `,"k${n}":1`, END),
    says: 'quarantined over_limit: The file exceeds the limit of 100,000 members per object',
  },
  'millions of members of an object that is no record': {
    make: () => numbered('{"a":1', 8_000_000, (n) => `,"k${n}":1`, '}'),
    says: 'quarantined over_limit: The file exceeds the limit of 100,000 members per object',
  },
  'a million members of the request parameters': {
    make: () => numbered(`${START}"requestParameters":{"a":1`, 1_000_000, (n) => `,"k${n}":1`, `}${END}`),
    says: 'quarantined over_limit: The file exceeds the limit of 100,000 members per object',
  },
  'a key that is there a million times': {
    make: () => filled(START.slice(0, -1), ',"eventName":"a"', END, 8 * MIB - 1000),
    says: 'ingested 1',
  },
  'an unknown key that is there too often': {
    make: () => filled(START.slice(0, -1), ',"x":1', END, 8 * MIB - 1000),
    says: 'quarantined over_limit: The file exceeds the limit of 100,000 members per object',
  },
  'small objects, each with a key twice': {
    make: () => filled(`${START}"requestParameters":[1`, ',{"a":1,"a":2}', `]${END}`, 8 * MIB - 1000),
    says: 'ingested 1',
  },
  'a list of numbers, too large for some readers': {
    make: () => filled(`${START}"requestParameters":[1e999`, ',1', `]${END}`, 8 * MIB - 1000),
    says: 'ingested 1',
  },
  'addresses by the million': {
    make: () =>
      numbered(
        `${START}"requestParameters":{"Host":["h"`,
        500_000,
        (n) => `,"10.${n >> 16}.${(n >> 8) & 255}.${n & 255}"`,
        `]}${END}`,
      ),
    says: 'ingested 1',
  },
  'commas for a source address': {
    make: () => filled(`${START}"sourceIPAddress":"`, '1,', `"${END}`, 8 * MIB - 1000),
    says: 'ingested 1',
  },
  'resources by the million': {
    make: () => filled(`${START}"resources":[{}`, ',{"ARN":"a"}', `]${END}`, 8 * MIB - 1000),
    says: 'ingested 1',
  },
  'nothing but opening brackets': {
    make: () => filled('', '[', ''),
    says: 'quarantined over_limit: The file exceeds the limit of 1,048,576 levels of nesting',
  },
  'nothing but opening braces': {
    make: () => filled('', '{"a":', ''),
    says: 'quarantined over_limit: The file exceeds the limit of 1,048,576 levels of nesting',
  },
  'the smallest records, as many as fit': {
    make: () => filled(`{"Records":[{${TIME}}`, `,{${TIME}}`, ']}', SMALLER),
    says: 'ingested ',
    maxFileBytes: SMALLER_FILE_BYTES,
  },
  'large records, as many as fit': {
    make: () => filled(`{"Records":[{${TIME}}`, `,{${TIME},"requestParameters":{"a":"${'v'.repeat(7 * MIB)}"}}`, ']}'),
    says: 'ingested ',
  },
  'large records of many numbers': {
    make: () =>
      filled(
        `{"Records":[{${TIME}}`,
        `,{${TIME},"requestParameters":[1e999${',1'.repeat(2 * MIB)}],"x":[1e999${',1'.repeat(1.5 * MIB)}]}`,
        ']}',
        SMALLER,
      ),
    says: 'ingested ',
    maxFileBytes: SMALLER_FILE_BYTES,
  },
  'a CSV row of nothing but commas': {
    make: () => filled('eventJson,a\n', ',', '\n'),
    says: 'quarantined over_limit: The file exceeds the limit of 10,000 cells per CSV row',
  },
  'a CSV cell as long as the file': {
    make: () => filled('eventJson,a\n"{', 'a', '",1\n'),
    says: 'quarantined over_limit: The file exceeds the limit of 8,388,608 bytes of JSON text',
  },
  'empty documents': {
    make: () => filled('', '{"Records":[]}', '', SMALLER),
    says: 'ingested 0',
    maxFileBytes: SMALLER_FILE_BYTES,
  },
  'line ends': {
    make: () => filled('', '\n', '', SMALLER),
    says: 'quarantined invalid_json',
    maxFileBytes: SMALLER_FILE_BYTES,
  },
};

/** MiB. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function resident(name: 'VmRSS' | 'VmHWM'): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kib) / 1024;
}

/** Resets the peak: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html */
function resetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

async function ingestHostile({ file, maxFileBytes }: HostileRequest): Promise<Survived> {
  const good = gzipSync(JSON.stringify({ Records: records(2) }));
  const [config] = defaultTables('t');
  const { default: table, rejects } = tablesOf('t', [config]);
  const body = readFileSync(file);
  resetPeak();
  const started = performance.now();
  const { ledger, written } = await decodeChunk({
    ...{ batch: 'b', run: 'r', maxFileBytes, deduplicate: true, bufferBytes: BUFFER_BYTES },
    files: [good, body, good].map((bytes, at) => ({
      ...{ key: `${at}`, etag: `${at}`, size: bytes.length, account: '1', region: 'us-east-1', kind: 'CloudTrail' },
      ...{ uri: `memory://${at}`, deliveredAt: 0, body: bytes },
    })),
    tables: [{ config, schema: schemaOf(table?.columns ?? []) }],
    rejectsSchema: schemaOf(rejects.columns),
  });
  return {
    ledger: ledger.map((entry) => `${statusOf(entry)} ${entry.problem ? problemText(entry.problem) : entry.records}`),
    parquetFiles: written.length,
    seconds: Math.round(performance.now() - started) / 1000,
    peak: Math.round(resident('VmHWM')),
  };
}

if (require.main === module) {
  process.on('message', (request: HostileRequest) => {
    void ingestHostile(request).then((survived) => process.send?.(survived));
  });
}
