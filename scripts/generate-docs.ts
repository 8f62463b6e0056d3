/** `npm run docs`: writes docs/tables.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { exampleRows } from './docs/examples.js';
import { TABLES_PAGE, tablesPage } from './docs/page.js';

async function main(): Promise<void> {
  const page = tablesPage(await exampleRows());
  mkdirSync(dirname(TABLES_PAGE), { recursive: true });
  writeFileSync(TABLES_PAGE, page);
}

void main();
