/** The transform of docs/configuration.md, compiled as it stands there and run over records. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { columnsOf } from '../../../cloudtrail/table-columns.js';
import type { TableKey } from '../../../cloudtrail/table-config.js';
import type { Transform } from '../../../cloudtrail/transform.js';
import { loadTransform } from '../../../ingest/transforms/load.js';
import { rowsOf } from '../../support/columns.js';

/** Stands for the record of any table. */
const DIGEST = {
  digestEndTime: '2024-03-05T12:00:00Z',
  digestS3Bucket: 'b',
  awsAccountId: '111122223333',
  logFiles: [],
};
const PAGE = readFileSync(join(__dirname, '../../../docs/configuration.md'), 'utf8');
const TIME = { eventTime: '2024-03-05T12:00:00Z' };

/** The example of the page that contains `text`, loaded. */
function exampleWith(text: string): Transform {
  const examples = [...PAGE.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, source]) => source);
  const source = examples.find((example) => example.includes(text)) ?? '';
  const path = join(directory, 'transform.ts');
  writeFileSync(path, source);
  return loadTransform({ path, sha256: createHash('sha256').update(source).digest('hex') });
}

/** The rows that a table gets from records, and the counts of their file. */
function decode(key: TableKey, transform: Transform, content: object) {
  const columns = [{ name: 'team.owner', type: 'string' as const, doc: '' }];
  const form = key === 'digest' ? 'digest' : 'records';
  const decoder = new FileDecoder(columnsOf({ key, name: 't', columns }), form, { transform, tableKey: key });
  const file = decoder.decode(Buffer.from(JSON.stringify(content)), 'file:///f');
  return { file, rows: decoder.take().flatMap(rowsOf) };
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-transform-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('does what the page says', () => {
  const Records = [
    { ...TIME, userAgent: 'ELB-HealthChecker/2.0' },
    { ...TIME, userIdentity: { accountId: '111122223333' }, requestParameters: { publiclyAccessible: true } },
    { ...TIME, requestParameters: null },
  ];
  const { file, rows } = decode('default', exampleWith('ELB-HealthChecker'), { Records });
  expect(file).toMatchObject({ records: 3, dropped: 1, rejects: [] });
  expect(rows.map((row) => [row['team.owner'], row.tags])).toEqual([
    ['payments', ['public']],
    ['nobody', null],
  ]);
});

test('works for every table, because a transform of log_source.yml gets the rows of all', () => {
  const transform = exampleWith('ELB-HealthChecker');
  expect(decode('digest', transform, DIGEST).file).toMatchObject({ records: 1, dropped: 0, rejects: [] });
  const Records = [{ ...TIME, insightDetails: {} }];
  expect(decode('insights', transform, { Records }).file).toMatchObject({ records: 1, rejects: [] });
});

test('can tell the tables apart, as the page says', () => {
  const transform = exampleWith('row.table');
  expect(decode('digest', transform, DIGEST).rows[0]['team.owner']).toBeNull();
  expect(decode('default', transform, { Records: [TIME] }).rows[0]['team.owner']).toBe('nobody');
});
