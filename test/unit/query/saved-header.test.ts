/** The header of saved queries: what is read of it, and what is said of a mistake. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UserMistake } from '../../../errors';
import { allSavedQueries, savedQuery } from '../../../query/saved-queries';
import { parametersIn, parseSavedQuery } from '../../../query/saved-query';

const TAKEN = new Set(['format', 'from', 'to', 'task-queue']);
const parse = (text: string) => parseSavedQuery('mine', text, 'queries/mine.sql', TAKEN);
const HEAD = '-- title: Mine\n-- description: What is mine.\n';

function mistake(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    const { name, message, cure } = error as UserMistake;
    expect(name).toBe('UserMistake');
    return `${message} ${cure}`;
  }
  return 'no mistake';
}

it('is read with all its lines', () => {
  const text = `
-- title: Objects that were read
--
-- description: Who read objects,
--   and how often.
-- parameter: bucket text: the name: of the bucket
-- parameter: at_least integer = 1: the fewest reads
-- parameter: share number = 0.50: a part
-- parameter: all boolean = TRUE: whether all
-- parameter: user text = null: a user, if you like

-- This is no header any more.
SELECT $bucket, $at_least, $share, $all, $user, $from
`;
  expect(parse(text)).toEqual({
    name: 'mine',
    title: 'Objects that were read',
    description: 'Who read objects, and how often.',
    parameters: [
      { name: 'bucket', type: 'text', description: 'the name: of the bucket' },
      { name: 'at_least', type: 'integer', default: '1', description: 'the fewest reads' },
      { name: 'share', type: 'number', default: '0.5', description: 'a part' },
      { name: 'all', type: 'boolean', default: 'true', description: 'whether all' },
      { name: 'user', type: 'text', default: null, description: 'a user, if you like' },
    ],
    hasRange: true,
    sql: '-- This is no header any more.\nSELECT $bucket, $at_least, $share, $all, $user, $from',
    file: 'queries/mine.sql',
  });
});

it('has Windows line ends, too', () => {
  expect(parse(`${HEAD}SELECT 1`.replaceAll('\n', '\r\n')).title).toBe('Mine');
});

it.each([
  ['SELECT 1', /mine\.sql, line 1: the header has no title\. .*"-- title: …"/],
  ['-- title: Mine\nSELECT 1', /line 1: the header has no description/],
  [`${HEAD}-- title: Again\nSELECT 1`, /line 3: the header has more than one title/],
  [`-- titel: Mine\nSELECT 1`, /line 1: "-- titel: Mine" is not a valid header line\. Did you mean "-- title: …"\?/],
  [`${HEAD}-- a remark\nSELECT 1`, /line 3: "-- a remark" is not a valid header line/],
  [`-- title: ${'x'.repeat(60)}\n-- description: d\nSELECT 1`, /the title has 60 characters\. Use at most 52/],
  [HEAD, /there is no SQL below the header/],
  [`${HEAD}-- parameter: bucket\nSELECT $bucket`, /line 3: "bucket" is not a parameter\. .*NAME TYPE/],
  [
    `${HEAD}-- parameter: bucket string: b\nSELECT $bucket`,
    /"string" is not a type\. The types are text, integer, number, boolean/,
  ],
  [`${HEAD}-- parameter: Bucket text: b\nSELECT $Bucket`, /"Bucket" cannot be the name/],
  [`${HEAD}-- parameter: n integer = many: b\nSELECT $n`, /the default "many" is not a whole number/],
  [`${HEAD}-- parameter: n integer: b\nSELECT 1`, /line 3: the SQL does not use the parameter n/],
  [`${HEAD}-- parameter: n text: b\n-- parameter: n text: b\nSELECT $n`, /line 4: the parameter n is declared twice/],
  [`${HEAD}-- parameter: format text: b\nSELECT $format`, /cannot be called format\. --format is an option/],
  [`${HEAD}-- parameter: task_queue text: b\nSELECT $task_queue`, /cannot be called task_queue/],
  [`${HEAD}-- parameter: from text: b\nSELECT $from`, /cannot be called from/],
  [
    `${HEAD}SELECT 1,\n  2,\n  $who`,
    /line 5: the header does not declare the parameter \$who\. .*"-- parameter: who text/,
  ],
])('%j', (text, message) => {
  expect(mistake(() => parse(text))).toMatch(message);
});

it('takes no parameter from strings, names and comments', () => {
  const sql = `SELECT '$a', "$b", $c, x$d, $$ $e $$, $t$ $f $t$ -- $g
    /* $h */ , $c, $i`;
  expect([...parametersIn(sql).keys()]).toEqual(['c', 'i']);
});

describe('the queries of a project', () => {
  let project: string;
  const write = (name: string, text: string) => writeFileSync(join(project, 'queries', name), text);
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'trailmill-own-queries-'));
    mkdirSync(join(project, 'queries'));
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));
  const places = () => ({ project, taken: TAKEN });

  it('are beside those of Trailmill', () => {
    write('mine.sql', `${HEAD}SELECT 1`);
    write('notes.txt', 'no query');
    expect(savedQuery('mine', places()).sql).toBe('SELECT 1');
    const { queries, mistakes } = allSavedQueries(places());
    expect(queries.map(({ name }) => name)).toEqual(expect.arrayContaining(['failed-logins', 'mine']));
    expect(mistakes).toEqual([]);
  });

  it('do not replace one of Trailmill, and say so', () => {
    write('failed-logins.sql', `${HEAD}SELECT 1`);
    const message =
      /queries\/failed-logins\.sql has the name of a saved query of Trailmill\. Give the file another name/;
    expect(mistake(() => savedQuery('failed-logins', places()))).toMatch(message);
    const { queries, mistakes } = allSavedQueries(places());
    expect(mistakes.map(({ message: text, cure }) => `${text} ${cure}`)).toEqual([expect.stringMatching(message)]);
    expect(queries.filter(({ name }) => name === 'failed-logins')).toHaveLength(1);
  });

  it('may be broken without hiding the others', () => {
    write('bad.sql', 'SELECT 1');
    write('Bad Name.sql', `${HEAD}SELECT 1`);
    write('good.sql', `${HEAD}SELECT 1`);
    const { queries, mistakes } = allSavedQueries(places());
    expect(queries.map(({ name }) => name)).toContain('good');
    expect(mistakes).toHaveLength(2);
  });

  it('are not needed', () => {
    rmSync(join(project, 'queries'), { recursive: true });
    expect(allSavedQueries(places()).mistakes).toEqual([]);
    expect(mistake(() => savedQuery('root-activty', places()))).toMatch(
      /There is no saved query root-activty\. Did you mean root-activity\? .*--list.*queries\/root-activty\.sql/,
    );
  });
});
