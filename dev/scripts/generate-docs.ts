/**
 * `npm run docs`: writes docs/tables.md, docs/fields.md, docs/columns.json, docs/errors.md and docs/queries.md; the columns of
 * the views in docs/query.md; from the tables of settings temporal.yaml, the tables in docs/configuration.md and docs/schema/;
 * and the map of the rooms in CONTRIBUTING.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ERRORS_PAGE, errorsPage } from './docs/errors.js';
import { exampleRows } from './docs/examples.js';
import { FIELDS_PAGE, fieldsPage } from './docs/fields.js';
import { TABLES_PAGE, tablesPage } from './docs/page.js';
import { QUERIES_PAGE, queriesPage } from './docs/queries.js';
import { COLUMNS_FILE, columnsFile } from './docs/record-columns.js';
import { ROOMS_PAGE, withRooms } from './docs/rooms.js';
import { CONFIGURATION_PAGE, configurationPage, settingsFiles } from './docs/settings.js';
import { VIEWS_PAGE, withViews } from './docs/views.js';

async function main(): Promise<void> {
  writeFileSync(TABLES_PAGE, tablesPage(await exampleRows()));
  writeFileSync(FIELDS_PAGE, fieldsPage());
  writeFileSync(COLUMNS_FILE, columnsFile());
  writeFileSync(ERRORS_PAGE, errorsPage());
  writeFileSync(QUERIES_PAGE, await queriesPage());
  writeFileSync(VIEWS_PAGE, withViews(readFileSync(VIEWS_PAGE, 'utf8')));
  writeFileSync(ROOMS_PAGE, withRooms(readFileSync(ROOMS_PAGE, 'utf8'), process.cwd()));
  writeFileSync(CONFIGURATION_PAGE, configurationPage(readFileSync(CONFIGURATION_PAGE, 'utf8')));
  for (const [path, text] of Object.entries(settingsFiles())) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

void main();
