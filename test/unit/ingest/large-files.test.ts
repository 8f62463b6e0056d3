/** A file whose rows do not fit into the column buffers: they are written in between, and count only if the file is complete. */
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default';
import { readEventIndex } from '../../../cloudtrail/event-list';
import { defaultTables, REJECTS_COLUMNS } from '../../../cloudtrail/tables';
import { schemaOf } from '../../../iceberg/schema';
import { decodeChunk } from '../../../ingest/chunk';
import type { ChunkResult, FetchedFile } from '../../../ingest/types';
import { problemText, statusOf } from '../../../ledger/entry';
import { DELIVERIES } from '../../support/deliveries';
import { ACCOUNT, DAY, records } from '../../support/runs';

const LARGE = 1_500;
const SMALL_BUFFERS = 64 * 1024;

/** Events of two days alternately, with two among them that are not records. */
const large = records(LARGE, undefined, {}, 'large').map((record, i) =>
  i % 2 === 0 ? record : { ...record, eventTime: '2024-03-04T23:00:00Z' },
);
const TEXT = JSON.stringify({ Records: [...large.slice(0, 1000), 7, ...large.slice(1000), 8] });

function file(name: string, body: string): FetchedFile {
  const known = { etag: name, size: body.length, account: ACCOUNT, region: 'us-east-1', kind: 'CloudTrail' };
  return { ...known, key: name, uri: `memory://bucket/${name}`, deliveredAt: Date.parse(DAY), body: Buffer.from(body) };
}

function chunk(bodies: Record<string, string>, bufferBytes = SMALL_BUFFERS): Promise<ChunkResult> {
  return decodeChunk({
    files: Object.entries(bodies).map(([name, body]) => file(name, body)),
    batch: 'a batch',
    run: 'a test',
    tables: [{ config: defaultTables('aws_cloudtrail')[0], schema: schemaOf(DEFAULT_TABLE_COLUMNS) }],
    rejectsSchema: schemaOf(REJECTS_COLUMNS),
    deduplicate: true,
    maxFileBytes: 1 << 24,
    bufferBytes,
  });
}

/** Rows of the default table, as text, by the number of their file in the chunk, according to the result. */
function rowsByFile({ written }: ChunkResult): Record<number, string[]> {
  const found: Record<number, string[]> = {};
  for (const { role, bytes, events, file: data } of written) {
    if (role !== 'default') continue;
    const rows = tableFromIPC(readParquet(bytes).intoIPCStream()).toArray();
    const index = events && readEventIndex(events.list, data.rows);
    expect([rows.length, index?.ends.at(-1)]).toEqual([data.rows, data.rows]);
    let row = 0;
    for (const { file, end } of events?.fileRows ?? [])
      for (; row < end; row++) {
        found[file] ??= [];
        found[file].push(JSON.stringify(rows[row], (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
      }
  }
  for (const rows of Object.values(found)) rows.sort();
  return found;
}

const small = (name: string): string => JSON.stringify({ Records: records(3, undefined, {}, name) });

it('has the same rows, rejects and counts as in larger buffers', async () => {
  const bodies = { before: small('before'), large: TEXT, after: small('after') };
  const [pieces, whole] = [await chunk(bodies), await chunk(bodies, 1 << 30)];
  expect(pieces.ledger).toEqual(whole.ledger);
  expect(pieces.ledger.map(({ records: rows, rejects }) => [rows, rejects])).toEqual([
    [3, 0],
    [LARGE, 2],
    [3, 0],
  ]);
  expect(rowsByFile(pieces)).toEqual(rowsByFile(whole));
  const files = ({ written }: ChunkResult): number => written.filter(({ role }) => role === 'default').length;
  expect([files(pieces) > 5, files(whole)]).toEqual([true, 2]);
});

it.each([
  ['at its end', TEXT.slice(0, -1)],
  ['by something after it', `${TEXT}x`],
  ['in its middle', `${TEXT.slice(0, TEXT.length >> 1)}}`],
])('leaves nothing if it is broken %s, and its neighbors are ingested', async (_where, body) => {
  const result = await chunk({ before: small('before'), large: body, after: small('after') });
  expect(result.ledger.map(statusOf)).toEqual(['ingested', 'quarantined', 'ingested']);
  expect(result.ledger[1].problem && problemText(result.ledger[1].problem)).toMatch(/^invalid_json: /);
  const rows = rowsByFile(result);
  expect(Object.entries(rows).map(([number, list]) => [number, list.length])).toEqual([
    ['0', 3],
    ['2', 3],
  ]);
  expect(result.written.filter(({ role }) => role === 'rejects')).toEqual([]);
});

it.each([
  'a trail file for each record',
  'EventBridge events, one per line',
  'lookup-events output',
  'saved results of a CloudTrail Lake query',
])('has the same rows in pieces as in one part if it is %s', async (name) => {
  const texts = large.map((record) => JSON.stringify(record));
  const bodies = { before: small('before'), large: DELIVERIES[name](texts) };
  const [pieces, whole] = [await chunk(bodies), await chunk(bodies, 1 << 30)];
  expect(pieces.ledger).toEqual(whole.ledger);
  expect(pieces.ledger.map(({ records: rows, rejects }) => [rows, rejects])).toEqual([
    [3, 0],
    [LARGE, 0],
  ]);
  expect(rowsByFile(pieces)).toEqual(rowsByFile(whole));
  expect(pieces.written.length).toBeGreaterThan(5);
});
