/** The SQL that people copy: from README.md, the pages of docs/, and the help of `trailmill query`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleRows } from '../../dev/scripts/docs/examples';
import { TABLES_PAGE, tablesPage } from '../../dev/scripts/docs/page';
import { QUERIES_PAGE } from '../../dev/scripts/docs/queries';
import { runCommand } from './run-command';

const ROOT = join(__dirname, '../..');

export interface DocumentedSql {
  /** The page, and the number of the snippet on it. */
  where: string;
  sql: string;
  /** For DuckDB, or `trailmill query`; otherwise for Spark, Athena or ClickHouse, which are not available here. */
  duckdb: boolean;
  /** For `trailmill query`, which shows times in UTC. */
  command: boolean;
}

/** All pages by their names; docs/tables.md as `npm run docs` would write it. */
export async function documentedPages(): Promise<Map<string, string>> {
  const all = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
  // Its queries have parameters; test/unit/query/saved-queries.test.ts runs them.
  const names = all.filter((name) => name !== QUERIES_PAGE);
  const pages = new Map<string, string>();
  for (const name of names.filter((one) => one.endsWith('.md')).sort())
    pages.set(name, name === TABLES_PAGE ? tablesPage(await exampleRows()) : readFileSync(join(ROOT, name), 'utf8'));
  pages.set('trailmill query --help', (await runCommand(['query', '--help'], ROOT)).stdout);
  return pages;
}

/** Blocks, commands and code in sentences. */
export function sqlIn(page: string, text: string): DocumentedSql[] {
  const found: DocumentedSql[] = [];
  const add = (sql: string, at: number, command = false): void => {
    const section = /.*^#+ (.*)$/ms.exec(text.slice(0, at))?.[1] ?? '';
    const duckdb = !/Spark|Athena|Glue|ClickHouse/.test(section);
    // Statements that set something up before a query are left out.
    for (const statement of sql.split(';').map((one) => one.replace(/^\s*--.*$/gm, '').trim()))
      if (/^(SELECT|FROM|WITH|DESCRIBE)\b/.test(statement))
        found.push({ where: `${page} ${found.length + 1}`, sql: statement, duckdb, command });
  };
  for (const { 1: sql, index } of text.matchAll(/^ *```sql\n(.*?)^ *```/gms)) add(sql, index);
  for (const { 1: sql, index } of text.matchAll(/trailmill query "((?:[^"\\]|\\.)*)"/g))
    add(sql.replace(/\\"/g, '"'), index, true);
  for (const { 1: sql, index } of text.matchAll(/`(SELECT [^`\n]+ FROM [^`\n]+)`/g)) add(sql, index);
  return found;
}
