/** `npm run docs`: writes docs/tables.md, docs/columns.json and docs/errors.md, and the map in CONTRIBUTING.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { ERRORS_PAGE, errorsPage } from './docs/errors.js';
import { exampleRows } from './docs/examples.js';
import { TABLES_PAGE, tablesPage } from './docs/page.js';
import { COLUMNS_FILE, columnsFile } from './docs/record-columns.js';
import { ROOMS_PAGE, withRooms } from './docs/rooms.js';

async function main(): Promise<void> {
  writeFileSync(TABLES_PAGE, tablesPage(await exampleRows()));
  writeFileSync(COLUMNS_FILE, columnsFile());
  writeFileSync(ERRORS_PAGE, errorsPage());
  writeFileSync(ROOMS_PAGE, withRooms(readFileSync(ROOMS_PAGE, 'utf8'), process.cwd()));
}

void main();
