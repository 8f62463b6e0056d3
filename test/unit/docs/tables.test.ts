/** docs/tables.md says what the tables are, with values that a run wrote. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLE_ROLES, type TableRole } from '../../../cloudtrail/tables';
import { type Examples, exampleOf, exampleRows } from '../../../dev/scripts/docs/examples';
import { TABLES_PAGE, tablesPage } from '../../../dev/scripts/docs/page';
import { COLUMNS_FILE, columnsFile } from '../../../dev/scripts/docs/record-columns';
import { ROOMS_PAGE, withRooms } from '../../../dev/scripts/docs/rooms';
import { DOCUMENTED_TABLES, type DocumentedTable } from '../../../dev/scripts/docs/tables';

const NO_TRANSFORM = 'filled by a transform only, and the run has none';
const NO_DATABASE = 'looked up in databases that cannot be given away';

/** Columns of any table that no run over the sample and the rare files fills, and why. */
const WITHOUT_EXAMPLE: Record<string, string> = {
  version: 'it is another one with each release',
  tags: NO_TRANSFORM,
  labels: NO_TRANSFORM,
  'source.as.number': NO_DATABASE,
  'source.as.organization.name': NO_DATABASE,
  'source.geo.city_name': NO_DATABASE,
  'source.geo.continent_name': NO_DATABASE,
  'source.geo.country_iso_code': NO_DATABASE,
  'source.geo.country_name': NO_DATABASE,
  'source.geo.location': NO_DATABASE,
  'source.geo.region_iso_code': NO_DATABASE,
  'source.geo.region_name': NO_DATABASE,
  'aws.cloudtrail.insight_details_raw': 'Insights come in files of their own, which do not go to the table of events',
};

describe('docs/tables.md', () => {
  let examples: Examples;
  beforeAll(async () => {
    examples = await exampleRows();
  });

  it('is up to date; `npm run docs` writes it again', () => {
    expect(readFileSync(join(__dirname, '..', '..', '..', TABLES_PAGE), 'utf8')).toBe(tablesPage(examples));
    expect(readFileSync(join(__dirname, '..', '..', '..', COLUMNS_FILE), 'utf8')).toBe(columnsFile());
  });

  it('has every table', () => {
    expect(DOCUMENTED_TABLES.map(({ role }) => role).sort()).toEqual([...TABLE_ROLES].sort());
  });

  const namesOf = (role: TableRole): string[] => table(role).columns.map(({ name }) => name);
  const table = (role: TableRole) => DOCUMENTED_TABLES.find((each) => each.role === role) as DocumentedTable;
  const withoutExample = (role: TableRole): string[] =>
    namesOf(role).filter((name) => exampleOf(examples[role], name) === undefined);

  it.each(['default', 'digest', 'rejects', 'ledger', 'integrity'] as const)(
    'shows a value for every column of the table of role %s; rare-records.ts has the records',
    (role) => {
      expect(withoutExample(role)).toEqual(namesOf(role).filter((name) => name in WITHOUT_EXAMPLE));
    },
  );

  it('shows a value for every column that only Insights have', () => {
    // Of the columns of the events, an Insight leaves most empty: nobody makes one.
    const ofEvents = new Set(namesOf('default'));
    expect(withoutExample('insights').filter((name) => !ofEvents.has(name))).toEqual([]);
    expect(withoutExample('insights')).not.toContain('aws.cloudtrail.insight_details_raw');
  });
});

describe('CONTRIBUTING.md', () => {
  it('has the rooms of today; `npm run docs` writes them again', () => {
    const root = join(__dirname, '..', '..', '..');
    const page = readFileSync(join(root, ROOMS_PAGE), 'utf8');
    expect(withRooms(page, root)).toBe(page);
  });
});
