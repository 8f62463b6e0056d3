/**
 * The queries of docs/tables.md and docs/verify.md, and the PyIceberg programs of docs/readers.md, run as written over a
 * warehouse of the sample, in several time zones.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEFAULT_SOURCE } from '../../../config/defaults.js';
import { ingestExamples } from '../../../dev/scripts/docs/examples';
import { TABLES_PAGE } from '../../../dev/scripts/docs/page';
import { COLUMNS_FILE, columnsFile } from '../../../dev/scripts/docs/record-columns';
import { createFileStore } from '../../../storage/file.js';
import { describeWithReaders, PYTHON, type Reader, startReader } from '../../support/python';

const run = promisify(execFile);
/** Ahead of UTC and behind it; the sample's days differ in both. */
const ZONES = ['Pacific/Kiritimati', 'America/Los_Angeles'];
const pageOf = (name: string): string => readFileSync(join(__dirname, '..', '..', '..', name), 'utf8');
const PAGE = pageOf(TABLES_PAGE);
const SQL = [TABLES_PAGE, 'docs/verify.md'].flatMap((name) =>
  blocks('sql', pageOf(name)).map((query, index) => [name, index + 1, query] as const),
);

/** Runs each program as if alone, but all in one process, which loads PyIceberg once. Prints their outputs as JSON. */
const RUN_ALL = `
import contextlib, io, json, sys
said = []
for code in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "docs", "exec"), {"__name__": "__main__"})
    said.append(out.getvalue())
print(json.dumps(said))
`;

function blocks(language: string, page = PAGE): string[] {
  return Array.from(page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 'gs')), ([, code]) => code);
}

describeWithReaders('the queries of the pages', () => {
  let directory: string;
  let reader: Reader;

  beforeAll(async () => {
    reader = await startReader();
    directory = await mkdtemp(join(tmpdir(), 'trailmill-docs-'));
    await mkdir(join(directory, 'docs'));
    await writeFile(join(directory, COLUMNS_FILE), columnsFile());
    await ingestExamples(createFileStore(join(directory, DEFAULT_SOURCE.warehouse)));
  });
  afterAll(async () => {
    await reader?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(SQL)('give answers in DuckDB: %s, %d', async (_page, _n, query) => {
    const warehouse = `${directory}/${DEFAULT_SOURCE.warehouse}`;
    const sql = query
      .replaceAll(`('${DEFAULT_SOURCE.warehouse}/`, `('${warehouse}/`)
      // As if the pages were read on the day after the sample.
      .replaceAll('now()', "TIMESTAMPTZ '2024-03-01 00:00:00+00'")
      // The views of `trailmill query`.
      .replaceAll(
        /(?<=\b(?:FROM|JOIN) )aws_cloudtrail\w*/g,
        (name) => `iceberg_scan('${warehouse}/trailmill/${name}')`,
      );
    const rows = await reader.duckdb({ tables: {}, sql });
    expect(rows.length).toBeGreaterThan(0);
    for (const value of Object.values(rows[0])) expect(value).not.toBeNull();
    for (const zone of ZONES) {
      const there = await reader.duckdb({ tables: {}, sql, setup: [`SET TimeZone = '${zone}'`] });
      expect([zone, there]).toEqual([zone, rows]);
    }
  });

  describe('give answers in PyIceberg', () => {
    const programs = [
      ...blocks('python'),
      // The others need a REST catalog or more packages: see test/unit/docs/blocks.
      ...blocks('python', pageOf('docs/readers.md')).filter((code) => code.startsWith('from pyiceberg.table')),
    ];
    /** The outputs of the programs, first in UTC. */
    let said: string[][];

    beforeAll(async () => {
      const inZone = async (TZ: string): Promise<string[]> => {
        const argv = ['-I', '-c', RUN_ALL, JSON.stringify(programs)];
        const env = { ...process.env, TZ };
        return JSON.parse((await run(process.env[PYTHON] as string, argv, { cwd: directory, env })).stdout);
      };
      said = await Promise.all(['UTC', ...ZONES].map(inZone));
    });

    it.each(programs.map((_, index) => index))('%#', (index) => {
      const [stdout, ...there] = said.map((outputs) => outputs[index]);
      expect(there).toEqual(ZONES.map(() => stdout));
      expect(stdout.trim()).toMatch(/\S/);
      expect(stdout).not.toMatch(/^0\b/m);
    });
  });
});
