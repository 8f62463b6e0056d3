/** docs/tables.md says what the tables are, with values that a run wrote. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLE_ROLES } from '../../cloudtrail/tables';
import { type Examples, exampleOf, exampleRows } from '../../scripts/docs/examples';
import { TABLES_PAGE, tablesPage } from '../../scripts/docs/page';
import { DOCUMENTED_TABLES } from '../../scripts/docs/tables';

/** Columns that no run over the sample and the rare records fills, and why. */
const WITHOUT_EXAMPLE: Record<string, string> = {
  'aws.cloudtrail.insight_details': 'Insights come in files of their own, which do not go to this table',
};

describe('docs/tables.md', () => {
  let examples: Examples;
  beforeAll(async () => {
    examples = await exampleRows();
  });

  it('is up to date; `npm run docs` writes it again', () => {
    expect(readFileSync(join(__dirname, '..', '..', TABLES_PAGE), 'utf8')).toBe(tablesPage(examples));
  });

  it('has every table', () => {
    expect(DOCUMENTED_TABLES.map(({ role }) => role).sort()).toEqual([...TABLE_ROLES].sort());
  });

  it.each(DOCUMENTED_TABLES)('shows a value for every column of $name; rare-records.ts has the records', (table) => {
    const without = table.columns.filter(({ name }) => exampleOf(examples[table.role], name) === undefined);
    expect(without.map(({ name }) => name)).toEqual(
      table.columns.map(({ name }) => name).filter((name) => name in WITHOUT_EXAMPLE),
    );
  });
});
