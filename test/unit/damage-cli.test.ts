/** What people read at the terminal when a file of the warehouse is damaged: its address, a cure, and no stack. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import { createFileStore } from '../../storage/file';
import { type Kind, targetOf, WAYS, type Way } from '../support/damage';
import { runCommand } from '../support/run-command';
import { DAY, ingestWholeDay, memoryRun, records, trailFile, trailKey } from '../support/runs';

const directory = mkdtempSync(join(tmpdir(), 'trailmill-damage-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const CASES: readonly [kind: Kind, way: Way][] = [
  ['metadata file', 'deleted'],
  ['metadata file', 'cut in half'],
  ['manifest list', 'emptied'],
  ['manifest', 'deleted'],
  ['manifest', 'overwritten with other bytes'],
];

it.each(CASES)('a %s that is %s', async (kind, way) => {
  const project = mkdtempSync(join(directory, 'p-'));
  const warehouse = createFileStore(join(project, 'warehouse'));
  const bucket = createFileStore(join(project, 'bucket'));
  const run = { ...memoryRun(), bucket, warehouse, catalog: createStorageCatalog(warehouse) };
  await bucket.put(trailKey('one'), trailFile(records(5)));
  await ingestWholeDay(run);
  await bucket.put(trailKey('two'), trailFile(records(5, `${DAY}T13:00:00Z`)));
  await ingestWholeDay(run);
  const target = await targetOf(run, 'default', kind);
  await WAYS[way](warehouse, target);
  const places = ['--warehouse', 'warehouse'];
  const location = ['--location', 'bucket'];
  for (const command of [['query', 'SELECT count(*) FROM aws_cloudtrail'], ['tables'], ['check', ...location]]) {
    const { code, stdout, stderr } = await runCommand([...command, ...places], project, Date.now);
    const all = stdout + stderr;
    expect(code).toBe(1);
    expect(all).toContain(join(project, 'warehouse', target.key));
    expect(all).toContain('Restore file://');
    expect(all).not.toMatch(/^\s+at |Unexpected|TypeError/m);
  }
});
