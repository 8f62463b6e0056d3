/** SQL that is copied from README.md and docs/ runs, and has the same answer in every time zone. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { allTables } from '../../../cloudtrail/tables';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { type OpenTables, openTables } from '../../../query/open-tables';
import { sqlValueText } from '../../../query/values';
import { createFileStore } from '../../../storage/file';
import { type DocumentedSql, documentedPages, sqlIn } from '../../support/docs-sql';
import { runCommand } from '../../support/run-command';
import { DAY, ingestWholeDay, memoryRun, records, trailFile, trailKey } from '../../support/runs';
import { verify } from '../../support/verified-run';

const ZONES = ['Asia/Kolkata', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Pacific/Niue'];

let directory: string;
let tables: OpenTables;
let pages: Map<string, string>;
let snippets: DocumentedSql[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-docs-sql-'));
  const warehouse = createFileStore(join(directory, 'warehouse'));
  const run = {
    ...memoryRun({}, allTables('aws_cloudtrail')),
    warehouse,
    catalog: createStorageCatalog(warehouse),
  };
  // An event an hour around each midnight that a page names: every zone of the world has another part of them in its day.
  const hours = ['2023-07-10', '2023-07-11', '2024-02-28'].flatMap((day) =>
    Array.from({ length: 31 }, (_, hour) => new Date(Date.parse(day) + (hour - 15) * 3_600_000).toISOString()),
  );
  const events = hours.flatMap((time, index) =>
    records(
      1,
      time,
      {
        eventSource: 's3.amazonaws.com',
        eventName: `Action${index % 3}`,
        errorCode: 'AccessDenied',
        requestParameters: { bucketName: 'b' },
        resources: [{ ARN: 'arn:aws:s3:::b', type: 'AWS::S3::Bucket' }],
      },
      `e${index}`,
    ),
  );
  await run.bucket.put(trailKey('one'), trailFile([...events, 7]));
  await run.bucket.put(trailKey('bad'), Buffer.from('no gzip'));
  const insight = (state: string) => ({
    eventID: `insight-${state}`,
    eventCategory: 'Insight',
    sharedEventID: 's',
    insightDetails: {
      state,
      eventName: 'GetObject',
      insightContext: { statistics: { baseline: { average: 1 }, insight: { average: 9 } } },
    },
  });
  await run.bucket.put(
    trailKey('insight', { kind: 'CloudTrail-Insight' }),
    trailFile([...records(1, `${DAY}T12:00:00Z`, insight('Start')), ...records(1, `${DAY}T13:00:00Z`, insight('End'))]),
  );
  const digest = {
    awsAccountId: '111122223333',
    digestEndTime: `${DAY}T13:00:00Z`,
    digestStartTime: `${DAY}T12:00:00Z`,
    digestS3Bucket: 'b',
    digestS3Object: 'k',
    logFiles: [{ s3Bucket: 'b', s3Object: trailKey('one'), hashValue: 'x' }],
  };
  await run.bucket.put(trailKey('digest', { kind: 'CloudTrail-Digest' }), gzipSync(JSON.stringify(digest)));
  await ingestWholeDay(run);
  await verify(run, { day: DAY });
  tables = await openTables(run.catalog, run.config.catalog.namespace);
  pages = await documentedPages();
  snippets = [...pages].flatMap(([page, text]) => sqlIn(page, text));
}, 120_000);
afterAll(() => {
  tables?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The question about the tables that are here. */
function overViews(sql: string): string {
  return sql
    .replace(/iceberg_scan\('[^']*\/(aws_cloudtrail\w*)(?:\/metadata\/[^']*)?'\)/g, '$1')
    .replace(/\blake\.trailmill\./g, '');
}

/**
 * All rows of an answer: with their times as DuckDB prints them, in the session's zone; those of a command as it prints
 * them. Sorted, for rows that are equal in rank change places.
 */
async function answer(zone: string, sql: string, command = false): Promise<string[]> {
  await tables.query(`SET TimeZone = '${zone}'`);
  const text = command ? sql : `SELECT COLUMNS(*)::VARCHAR FROM (${sql})`;
  const rows: string[] = [];
  for await (const chunk of (await tables.stream(text)).yieldRows())
    rows.push(...chunk.map((row) => JSON.stringify(row.map(sqlValueText))));
  return rows.sort();
}

test('the pages have SQL for DuckDB, and all of it is the same in every time zone', async () => {
  const asked = snippets.filter(({ sql, duckdb }) => duckdb && !/iceberg_snapshots/.test(sql));
  expect(new Set(asked.map(({ where }) => where.replace(/ \d+$/, ''))).size).toBeGreaterThanOrEqual(6);
  expect(asked.length).toBeGreaterThan(12);
  for (const { where, sql, command } of asked) {
    const inUtc = await answer('UTC', overViews(sql), command);
    for (const zone of ZONES)
      expect([where, zone, await answer(zone, overViews(sql), command)]).toEqual([where, zone, inUtc]);
  }
});

test('the events distinguish time zones: a bare date has other answers', async () => {
  const bare = "SELECT count(*) AS n FROM aws_cloudtrail WHERE ts >= '2023-07-10' AND ts < '2023-07-11'";
  const answers = new Set<string>();
  for (const zone of ['UTC', ...ZONES]) answers.add(JSON.stringify(await answer(zone, bare)));
  expect(answers.size).toBeGreaterThan(2);
});

test('no page compares ts with a text in the time zone of the session, for any engine', () => {
  let literals = 0;
  for (const [page, text] of pages) {
    for (const [found, literal] of text.matchAll(/\bts\s*(?:>=|<=|<|>|=)\s*((?:timestamp(?:tz)?\s*)?'[^']*')/gi)) {
      literals++;
      expect([page, found, /(\+00(:00)?|Z| UTC)'$/.test(literal)]).toEqual([page, found, true]);
    }
    for (const wrong of [/date_trunc\('\w+', ts\)/i, /\bts::/, /CAST\(ts AS/i, /\bday\(ts\) =/i])
      expect([page, wrong.exec(text)?.[0]]).toEqual([page, undefined]);
  }
  expect(literals).toBeGreaterThan(8);
});

test('trailmill query is in UTC, wherever it runs', async () => {
  const sql =
    "SELECT current_setting('TimeZone') AS zone, min(ts) AS first, min(ts)::VARCHAR AS text FROM aws_cloudtrail WHERE ts >= '2023-07-10'";
  const answers = [];
  const before = process.env.TZ;
  try {
    for (const zone of ['UTC', 'Asia/Kolkata', 'Pacific/Kiritimati']) {
      process.env.TZ = zone;
      answers.push(JSON.parse((await runCommand(['query', sql, '--json'], directory)).stdout));
    }
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
  expect(answers).toEqual(
    answers.map(() => [{ zone: 'UTC', first: '2023-07-10T00:00:00Z', text: '2023-07-10 00:00:00+00' }]),
  );
});
