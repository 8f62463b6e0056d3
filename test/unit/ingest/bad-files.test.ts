/** Bad files: each is in the ledger with its code, nothing of it is in a table, and its neighbors are the same as without it. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { allTables } from '../../../cloudtrail/tables';
import { UnreadableFile } from '../../../errors/index';
import { uncompress } from '../../../ingest/uncompress/uncompress';
import { DELIVERIES } from '../../support/deliveries';
import { ACCOUNT, DAY, ingestWholeDay, memoryRun, records, rowsOf, trailFile, trailKey } from '../../support/runs';

type Run = ReturnType<typeof memoryRun>;
type Row = Record<string, unknown>;

const ROLES = ['default', 'insights', 'digest', 'rejects'] as const;

/** Records of two days, with a rejected one in the middle: leftovers that are possible if a file is not cleaned up properly. */
const mixed = (id?: string): unknown[] => {
  const yesterday = records(3, '2024-03-04T23:00:00Z', {}, id && `${id} yesterday`);
  return [...records(3, undefined, {}, id), { eventName: 'NoTime' }, ...yesterday, 7];
};
const MIXED = mixed();
const TEXT = JSON.stringify({ Records: MIXED });
const DIGEST = JSON.stringify({ digestEndTime: `${DAY}T12:00:00Z`, awsAccountId: ACCOUNT, logFiles: [] });
const whole = gzipSync(TEXT);
const texts = (count: number): string[] => records(count).map((record) => JSON.stringify(record));

/** Everything in the tables that comes from a file. */
async function rowsFrom(run: Run, name: string): Promise<Row[]> {
  const found: Row[] = [];
  for (const role of ROLES)
    for (const row of await rowsOf(run, role)) {
      const path = role === 'rejects' ? row.path : (row.log as { file: { path: string } }).file.path;
      if (String(path).includes(`_${name}.json.gz`)) found.push(row);
    }
  return found;
}

/** A file before it and one after it in the same chunk. */
async function withNeighbours(bad?: Uint8Array, kind = 'CloudTrail'): Promise<Run> {
  const run = memoryRun({}, allTables('aws_cloudtrail'));
  await run.bucket.put(trailKey('a', { kind }), kind === 'CloudTrail-Digest' ? gzipSync(DIGEST) : whole);
  if (bad !== undefined) await run.bucket.put(trailKey('bad', { kind }), bad);
  await run.bucket.put(
    trailKey('z', { kind }),
    kind === 'CloudTrail-Digest' ? gzipSync(DIGEST) : trailFile(mixed('z')),
  );
  await ingestWholeDay(run);
  return run;
}

/** Rows without the ids of batches, which differ from run to run. */
const plain = (rows: readonly Row[]): string[] =>
  rows.map(({ batch: _, run: __, ...row }) => JSON.stringify(row)).sort();

const changed = (at: number, to: number): Buffer => {
  const copy = Buffer.from(whole);
  copy[at] = to;
  return copy;
};

describe.each([
  ['gzip with another method in its header', changed(2, 9), 'corrupt_gzip'],
  ['gzip with reserved flags in its header', changed(3, 0xe0), 'corrupt_gzip'],
  ['gzip with a damaged middle', changed(whole.length >> 1, whole[whole.length >> 1] ^ 0xff), 'corrupt_gzip'],
  ['gzip with a wrong checksum', changed(whole.length - 8, whole[whole.length - 8] ^ 1), 'corrupt_gzip'],
  ['gzip with a wrong length', changed(whole.length - 1, 0xff), 'corrupt_gzip'],
  ['gzip without its trailer', whole.subarray(0, -8), 'corrupt_gzip'],
  ['gzip that lacks one byte', whole.subarray(0, -1), 'corrupt_gzip'],
  ['gzip that is truncated in its header', whole.subarray(0, 5), 'corrupt_gzip'],
  ['gzip with bytes after its end', Buffer.concat([whole, Buffer.from('more')]), 'corrupt_gzip'],
  ['gzip with half a member after its end', Buffer.concat([whole, whole.subarray(0, 40)]), 'corrupt_gzip'],
  ['invalid zstd', Buffer.from('28b52ffd00000000', 'hex'), 'corrupt_zstd'],
  ['no bytes', Buffer.alloc(0), 'empty_file'],
  ['truncated JSON', gzipSync(TEXT.slice(0, -2)), 'invalid_json'],
  ['JSON with something after it', gzipSync(`${TEXT}x`), 'invalid_json'],
  ['two files in one, the first one truncated', gzipSync(TEXT.slice(0, -20) + TEXT), 'invalid_json'],
  ['members next to an empty list', gzipSync('{"Records":[],"more":1}'), 'not_a_trail_file'],
  ['a digest', gzipSync(DIGEST), 'not_a_trail_file'],
  [
    'a snapshot of AWS Config',
    gzipSync('{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":[]}'),
    'not_a_trail_file',
  ],
  [
    'findings of GuardDuty, one per line',
    gzipSync('{"schemaVersion":"2.0","type":"Recon:EC2/Portscan","id":"1"}\n'),
    'not_a_trail_file',
  ],
  [
    'a log of a load balancer',
    gzipSync('https 2024-03-05T12:00:00.123Z app/lb/1 192.0.2.1:5 10.0.0.1:80 0.1\n'),
    'other_format',
  ],
  [
    'VPC flow logs',
    gzipSync('version account-id interface-id srcaddr dstaddr\n2 123456789010 eni-1 - -\n'),
    'other_format',
  ],
  ['a Parquet file', Buffer.from('PAR1\x15\x04'), 'other_format'],
  ['more than max_file_size', gzipSync(Buffer.alloc(3 << 20, 32)), 'too_large'],
])('%s instead of records', (_what, bad, code) => {
  it(`is quarantined as ${code}; nothing of it is in a table, and its neighbors are not affected`, async () => {
    const [run, without] = [await withNeighbours(bad), await withNeighbours()];
    const ledger = await rowsOf(run, 'ledger');
    expect(ledger).toHaveLength(3);
    const entry = ledger.find(({ key }) => key === trailKey('bad'));
    expect(entry).toMatchObject({ status: 'quarantined', records: 0, rejects: 0, dropped: 0 });
    expect(String(entry?.error).split(':')[0]).toBe(code);
    expect(await rowsFrom(run, 'bad')).toEqual([]);
    for (const role of ROLES) expect(plain(await rowsOf(run, role))).toEqual(plain(await rowsOf(without, role)));
    expect(await rowsFrom(run, 'z')).toHaveLength(MIXED.length);
  });
});

it.each([
  ['records', gzipSync(TEXT), 'not_a_digest'],
  ['a truncated digest', gzipSync(DIGEST.slice(0, -1)), 'invalid_json'],
  ['two digests', gzipSync(DIGEST + DIGEST), 'invalid_json'],
])('%s instead of a digest is quarantined, and the other digests are read', async (_what, bad, code) => {
  const run = await withNeighbours(bad, 'CloudTrail-Digest');
  const entry = (await rowsOf(run, 'ledger')).find(({ status }) => status === 'quarantined');
  expect(String(entry?.error).split(':')[0]).toBe(code);
  expect(await rowsOf(run, 'digest')).toHaveLength(2);
  expect(await rowsFrom(run, 'bad')).toEqual([]);
});

describe('a file that is truncated at any byte', () => {
  const FORMS: Record<string, string> = {
    'a trail file': TEXT,
    'an array of records': JSON.stringify(MIXED),
    'a message of CloudWatch Logs': JSON.stringify({
      messageType: 'DATA_MESSAGE',
      logEvents: records(2).map((record, id) => ({ id: String(id), timestamp: 0, message: JSON.stringify(record) })),
    }),
    'an event of EventBridge': DELIVERIES['EventBridge events, one per line'](texts(1)).trimEnd(),
    'lookup-events output': DELIVERIES['lookup-events output'](texts(2)),
    'the text of a trail file in a string': JSON.stringify(JSON.stringify({ Records: records(2) })),
  };

  it.each(Object.entries(FORMS))('of %s: no part of it is in a table', async (_what, text) => {
    const run = memoryRun({ batchFiles: 100_000 });
    for (let end = 0; end < text.length; end++)
      await run.bucket.put(trailKey(`cut${String(end).padStart(5, '0')}`), Buffer.from(text.slice(0, end)));
    await run.bucket.put(trailKey('whole'), Buffer.from(text));
    expect(await ingestWholeDay(run)).toMatchObject({ files: text.length + 1, quarantined: text.length });
    for (const role of ROLES)
      for (const row of await rowsOf(run, role)) expect(JSON.stringify(row)).toContain('_whole.');
  });

  it('of records, one per line: the rest is whole records, or nothing', async () => {
    const lines = records(4).map((record) => `${JSON.stringify(record)}\n`);
    const text = lines.join('');
    const run = memoryRun({ batchFiles: 100_000 });
    for (let end = 1; end < text.length; end++)
      await run.bucket.put(trailKey(`cut${String(end).padStart(5, '0')}`), Buffer.from(text.slice(0, end)));
    await ingestWholeDay(run);
    // A form without an end marker: after a record, it cannot be known that more should follow.
    const ends = new Set(
      lines.flatMap((_, at) => [0, -1].map((less) => lines.slice(0, at + 1).join('').length + less)),
    );
    for (const { key, status } of await rowsOf(run, 'ledger')) {
      const end = Number(/cut(\d+)/.exec(String(key))?.[1]);
      expect([end, status]).toEqual([end, ends.has(end) ? 'ingested' : 'quarantined']);
    }
  });

  it('of gzip: it is refused', () => {
    // The first byte alone is neither gzip nor JSON.
    for (let end = 2; end < whole.length; end++) expect(() => uncompress(whole.subarray(0, end), 1 << 20)).toThrow();
  });
});

it('gzip with any one byte changed is refused, or gives exactly the text', () => {
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const body = Buffer.from(whole);
      body[at] ^= change;
      let bytes: Uint8Array;
      try {
        ({ bytes } = uncompress(body, 1 << 20));
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableFile);
        return;
      }
      // Fields of the header that do not affect the content; or no longer gzip, which the decoder refuses.
      expect(at < 2 ? Buffer.from(bytes).equals(body) : Buffer.from(bytes).toString() === TEXT).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('a chunk of nothing but bad files has its ledger, and no rows', async () => {
  const run = memoryRun();
  for (const name of ['a', 'b', 'c']) await run.bucket.put(trailKey(name), trailFile(records(1)).subarray(0, 30));
  expect(await ingestWholeDay(run)).toMatchObject({ files: 3, events: 0, quarantined: 3 });
  for (const role of ROLES) expect(await rowsOf(run, role)).toEqual([]);
});
