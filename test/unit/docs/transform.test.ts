/** The transform of docs/configuration.md, compiled as it stands there and run over records. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { columnsOf } from '../../../cloudtrail/table-columns.js';
import { loadTransform } from '../../../ingest/transforms/load.js';
import { rowsOf } from '../../support/columns.js';

const PAGE = readFileSync(join(__dirname, '../../../docs/configuration.md'), 'utf8');
const TIME = { eventTime: '2024-03-05T12:00:00Z' };

test('does what the page says', () => {
  const source = /^```ts\n([\s\S]*?)^```/m.exec(PAGE)?.[1] ?? '';
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-transform-'));
  try {
    const path = join(directory, 'transform.ts');
    writeFileSync(path, source);
    const transform = loadTransform({ path, sha256: createHash('sha256').update(source).digest('hex') });
    const columns = [{ name: 'team.owner', type: 'string' as const, doc: '' }];
    const decoder = new FileDecoder(columnsOf({ key: 'default', name: 't', columns }), 'records', { transform });
    const records = [
      { ...TIME, userAgent: 'ELB-HealthChecker/2.0' },
      { ...TIME, userIdentity: { accountId: '111122223333' }, requestParameters: { publiclyAccessible: true } },
      { ...TIME, requestParameters: null },
    ];
    const file = decoder.decode(Buffer.from(JSON.stringify({ Records: records })), 'file:///f');
    expect(file).toMatchObject({ records: 3, dropped: 1, rejects: [] });
    expect(
      decoder
        .take()
        .flatMap(rowsOf)
        .map((row) => [row['team.owner'], row.tags]),
    ).toEqual([
      ['payments', ['public']],
      ['nobody', null],
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
