/** All six tables as Polars, Daft and ClickHouse read them, with repeated events and columns that were added later. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TABLE_ROLES, type TableRole } from '../../../cloudtrail/tables';
import type { MoreReaders, MoreReadersTable, ReaderRow } from '../../../dev/servers/iceberg-readers';
import { keyOf } from '../../../iceberg/location';
import { scanDeletes } from '../../../iceberg/scan';
import { addDays } from '../../../protocol/days';
import { createFileStore } from '../../../storage/file';
import { deleteRows } from '../../support/deletes';
import { describeWithMoreReaders, startMoreReaders } from '../../support/python';
import { filesOf, ingestWholeDay, placeOf, records, rowsOf, trailFile, trailKey } from '../../support/runs';
import { keysOf, type Run, SAMPLE_DAY, sampleRun, verify } from '../../support/verified-run';

const READERS = ['polars', 'daft', 'chdb'] as const;

/** Rows in a fixed order, without values that readers show as null, as an empty list or as a struct of nulls. */
function comparable(rows: readonly ReaderRow[]): string[] {
  return rows.map((row) => JSON.stringify(withoutEmpty(row))).sort();
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const members = Object.entries(value)
    .map(([name, member]) => [name, withoutEmpty(member)] as const)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [two]) => (one < two ? -1 : 1));
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

describeWithMoreReaders('all tables, with repeated events and columns that were added later', () => {
  let directory: string;
  let run: Run;
  let readers: MoreReaders;

  const at = async (role: TableRole): Promise<MoreReadersTable> => {
    const table = (await run.catalog.loadTable(placeOf(run, role).identifier))!;
    return { metadata: table.metadataLocation, directory: join(directory, keyOf(run.warehouse, table.location)) };
  };

  beforeAll(async () => {
    readers = await startMoreReaders();
    directory = await mkdtemp(join(tmpdir(), 'trailmill-readers-'));
    run = await sampleRun({ eventsPerHour: 20 }, createFileStore(directory));
    const [first, second] = await keysOf(run, 'CloudTrail');
    await run.bucket.put(trailKey('bad', { day: SAMPLE_DAY }), trailFile([{ eventTime: 'never' }]));
    await ingestWholeDay(run, SAMPLE_DAY);
    for (const key of [first, second]) {
      const { body } = await run.bucket.get(key);
      await run.bucket.put(key.replace(/_\w+\.json\.gz$/, '_Again.json.gz'), body);
    }
    expect((await ingestWholeDay(run, SAMPLE_DAY)).duplicates).toBeGreaterThan(0);
    await verify(run);
    const more = ['team.name', 'user.team', 'aws.cloudtrail.user_identity.team'];
    const columns = more.map((name) => ({ name, type: 'string' as const, doc: 'Came later', from: ['eventName'] }));
    run.config.tables = run.config.tables.map((table) => (table.key === 'default' ? { ...table, columns } : table));
    await ingestWholeDay(run, addDays(SAMPLE_DAY, 1));
    const later = records(2, `${SAMPLE_DAY}T12:00:00Z`, {}, 'later');
    await run.bucket.put(trailKey('later', { day: SAMPLE_DAY }), trailFile(later));
    await ingestWholeDay(run, SAMPLE_DAY);
  });
  afterAll(async () => {
    await readers?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(TABLE_ROLES)('%s has the same rows in all readers', async (role) => {
    const expected = await readers.rows('pyiceberg', await at(role));
    expect(expected.length).toBeGreaterThan(0);
    expect(expected).toHaveLength((await rowsOf(run, role)).length);
    for (const reader of READERS)
      expect(comparable(await readers.rows(reader, await at(role)))).toEqual(comparable(expected));
  });

  it('a delete file applies to one data file, and names it', async () => {
    const place = placeOf(run, 'default');
    const table = (await place.catalog.loadTable(place.identifier))!;
    const paths = (await filesOf(run, 'default')).map(({ path }) => path);
    let deletes = 0;
    for await (const { file } of scanDeletes(table)) {
      deletes++;
      expect(paths).toContain(file.referencedDataFile);
      const bound = Buffer.from(file.referencedDataFile!).toString('base64');
      expect(Object.values(file.lowerBounds)).toContain(bound);
      expect(Object.values(file.upperBounds)).toContain(bound);
    }
    expect(deletes).toBeGreaterThan(0);
  });

  // If one of these fails, a reader has been fixed: see docs/readers.md.
  describe('known bugs', () => {
    const MEMBER = "tupleElement(user, 'team')";

    it('ClickHouse cannot read a member of a struct from files that are older than some member of the struct', async () => {
      const table = await at('default');
      const count = `SELECT toInt32(count(${MEMBER})) AS n FROM TABLE`;
      await expect(readers.chdb(table, count)).rejects.toThrow('NOT_FOUND_COLUMN_IN_BLOCK');
      const [{ n }] = await readers.chdb(table, `${count} SETTINGS optimize_functions_to_subcolumns = 0`);
      const rows = await readers.rows('pyiceberg', table);
      expect(n).toBe(rows.filter(({ user }) => (user as { team: string | null } | null)?.team != null).length);
    });

    it('Polars refuses a delete file for several data files, such as earlier versions wrote', async () => {
      const files = (await filesOf(run, 'default')).filter(({ day }, _, [first]) => day === first.day);
      expect(files.length).toBeGreaterThan(1);
      await deleteRows(
        placeOf(run, 'default'),
        'several',
        files.slice(0, 2).map((file) => ({ file, positions: [0] })),
      );
      const table = await at('default');
      await expect(readers.rows('polars', table)).rejects.toThrow(/delet/i);
      for (const reader of ['daft', 'chdb'] as const)
        expect(comparable(await readers.rows(reader, table))).toEqual(
          comparable(await readers.rows('pyiceberg', table)),
        );
    });
  });
});
