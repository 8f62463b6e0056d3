/** docs/queries.md: the saved queries, each with its answer over the sample. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBValue } from '@duckdb/node-api';
import { renderRows } from '../../../client/query/render-rows.js';
import { flagOf, questionOf, savedQueriesOf } from '../../../client/query/saved.js';
import { ICEBERG_NAMESPACE } from '../../../cloudtrail/tables.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import { type OpenTables, openTables } from '../../../query/open-tables.js';
import type { QueryParameter, SavedQuery } from '../../../query/saved-query.js';
import { createFileStore } from '../../../storage/file.js';
import { code } from './columns.js';
import { ingestExamples } from './examples.js';

/** The page that is generated. */
export const QUERIES_PAGE = 'docs/queries.md';

/** No project: only Trailmill's own queries. */
const NO_PROJECT = '/nonexistent';
const SHOWN_ROWS = 3;
const WIDTH = 110;

/** Where the page finds values for parameters that must be given: the most frequent one of the sample. */
const VALUES: Readonly<Record<string, string>> = {
  principal:
    "SELECT principal FROM events WHERE principal_type = 'IAMUser' GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1",
  ip: "SELECT source_ip FROM events WHERE source_ip NOT LIKE '%.com' GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1",
  key: "SELECT access_key FROM events WHERE access_key LIKE 'AKIA%' GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1",
  bucket:
    "SELECT request_parameters ->> '$.bucketName' AS bucket FROM events WHERE event_name = 'GetObject' GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1",
};

/** The text of the page. Ingests the sample into a temporary directory. */
export async function queriesPage(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-queries-page-'));
  try {
    const warehouse = createFileStore(directory);
    await ingestExamples(warehouse);
    const tables = await openTables(createStorageCatalog(warehouse), ICEBERG_NAMESPACE, { sql: 'events' });
    try {
      const { queries } = savedQueriesOf(NO_PROJECT);
      const sections: string[] = [];
      for (const query of queries) sections.push(await section(query, tables));
      return `${[INTRODUCTION, list(queries), ...sections].join('\n\n')}\n`;
    } finally {
      tables.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const INTRODUCTION = `<!-- Made by \`npm run docs\` from query/saved/ and a run over the sample bucket. Do not edit. -->

# Saved queries

Questions that come up in investigations, ready to run: \`trailmill query NAME\`. \`--from\` and \`--to\` choose the days of the events, and
take \`2023-07-10\`, \`2023-07\`, \`2023\`, \`today\`, \`yesterday\` and \`-7d\`; without them, a query is about all days. \`--format csv\` and
\`--json\` print all rows. [query.md](query.md) says how to add your own. The answers below are the first ${SHOWN_ROWS} rows, cut to a terminal of
${WIDTH} columns, over the small sample that the docs are made with.`;

function list(queries: readonly SavedQuery[]): string {
  const lines = queries.map(({ name, title }) => `| [${code(name)}](#${name}) | ${title} |`);
  return ['| Query | What it answers |', '| --- | --- |', ...lines].join('\n');
}

async function section(query: SavedQuery, tables: OpenTables): Promise<string> {
  const { name, title, description, parameters, sql } = query;
  const given: [flag: string, value: string][] = [];
  for (const parameter of parameters)
    if (parameter.default === undefined)
      given.push([flagOf(parameter.name), await exampleValue(parameter, query, tables)]);
  const command = ['trailmill query', name, ...given.map(([flag, value]) => `${flag} ${value}`)].join(' ');
  return [
    `## ${name}`,
    `${title}. ${description}`,
    ...(parameters.length === 0 ? [] : [parameters.map(parameterLine).join('\n')]),
    `\`\`\`sh\n${command}\n\`\`\``,
    `\`\`\`sql\n${sql}\n\`\`\``,
    await answer(name, given.flat(), tables),
  ].join('\n\n');
}

function parameterLine({ name, type, default: value, description }: QueryParameter): string {
  const without =
    value === undefined ? 'must be given' : value === null ? 'may be left out' : `${code(value)} by default`;
  return `- ${code(flagOf(name))} (${type}, ${without}): ${description}`;
}

async function exampleValue({ name }: QueryParameter, query: SavedQuery, tables: OpenTables): Promise<string> {
  const sql = VALUES[name];
  if (sql === undefined) throw new Error(`the page has no value for --${name} of ${query.name}: add it to VALUES`);
  const [row] = await tables.query(sql);
  const [value] = Object.values(row ?? {});
  if (typeof value !== 'string') throw new Error(`the sample has no value for --${name} of ${query.name}`);
  return value;
}

async function answer(name: string, rest: readonly string[], tables: OpenTables): Promise<string> {
  const { sql, parameters } = questionOf(name, NO_PROJECT, { rest, now: 0 });
  const result = await tables.stream(sql, parameters);
  const rows: DuckDBValue[][] = [];
  for await (const chunk of result.yieldRows()) rows.push(...chunk);
  if (rows.length === 0) return 'The sample has nothing of it.';
  const types = result.columnTypes().map(String);
  const { text } = renderRows(result.columnNames(), types, rows.slice(0, SHOWN_ROWS), { width: WIDTH, more: false });
  return `\`\`\`\n${text}\n\`\`\``;
}
