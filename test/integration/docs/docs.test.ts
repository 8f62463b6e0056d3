/** The queries of docs/tables.md, run as they stand there over a warehouse of the sample, in several time zones. */
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
const PAGE = readFileSync(join(__dirname, '..', '..', '..', TABLES_PAGE), 'utf8');

function blocks(language: string): string[] {
  return Array.from(PAGE.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 'gs')), ([, code]) => code);
}

describeWithReaders('the queries of the reference page', () => {
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

  it.each(blocks('sql').map((query, index) => [index + 1, query] as const))(
    'answer in DuckDB: %d',
    async (_n, query) => {
      const sql = query.replaceAll(`('${DEFAULT_SOURCE.warehouse}/`, `('${directory}/${DEFAULT_SOURCE.warehouse}/`);
      const rows = await reader.duckdb({ tables: {}, sql });
      expect(rows.length).toBeGreaterThan(0);
      for (const value of Object.values(rows[0])) expect(value).not.toBeNull();
      for (const zone of ZONES) {
        const there = await reader.duckdb({ tables: {}, sql, setup: [`SET TimeZone = '${zone}'`] });
        expect([zone, there]).toEqual([zone, rows]);
      }
    },
  );

  it.each(blocks('python').map((code, index) => [index + 1, code] as const))(
    'answer in PyIceberg: %d',
    async (_n, code) => {
      const inZone = (TZ: string) =>
        run(process.env[PYTHON] as string, ['-I', '-c', code], { cwd: directory, env: { ...process.env, TZ } });
      const { stdout } = await inZone('UTC');
      for (const zone of ZONES) expect([zone, (await inZone(zone)).stdout]).toEqual([zone, stdout]);
      expect(stdout.trim()).toMatch(/\S/);
      expect(stdout).not.toMatch(/^0\b/m);
    },
  );
});
