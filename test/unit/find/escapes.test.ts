/** The SQL of a search returns each row that has the value, however JSON writes its characters. */
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { Matcher } from '../../../find/match';
import { searchSql } from '../../../find/sql';
import { schemaOf } from '../../../iceberg/schema';
import { sqlLiteral } from '../../../query/sql-text';
import { type Needle, needleOf } from '../../../value-index/needles';
import { type OpenDuckDb, openDuckDb } from '../../support/duckdb';

const SCHEMA = schemaOf([
  { name: 'ts', type: 'timestamptz', required: true, doc: '' },
  { name: 'mine', type: 'string', doc: '' },
  { name: 'list', type: { list: { struct: [{ name: 'a', type: 'string' }] } }, doc: '' },
]);

let connection: DuckDBConnection;
let close: OpenDuckDb['close'] | undefined;
beforeAll(async () => {
  ({ connection, close } = await openDuckDb());
});
afterAll(() => {
  close?.();
});

const needle = (text: string): Needle => needleOf(text) as Needle;

/** A string of JSON with the text, some of whose characters are written as escapes although they need not be. */
function jsonString(text: string, choices: readonly number[]): string {
  const written = [...text].map((character, at) => {
    const choice = choices[at % choices.length];
    const units = [...Array(character.length).keys()].map((unit) => character.charCodeAt(unit));
    const escaped = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
    if (choice === 1) return escaped;
    if (choice === 2) return escaped.replace(/[a-f]/g, (letter) => letter.toUpperCase());
    if (choice === 3 && character === '/') return '\\/';
    return JSON.stringify(character).slice(1, -1);
  });
  return `"${written.join('')}"`;
}

const VALUES = [
  'AKIAIOSFODNN7EXAMPLE',
  'arn:aws:iam::111122223333:role/a',
  'say "hi"',
  'back\\slash',
  'ñandú',
  '\u{1f600} x',
  'a/b',
];
const choices = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3), { minLength: 1, maxLength: 9 });

it('finds values in JSON, and in JSON within JSON, with any escapes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...VALUES, '6f1e2d3c-aaaa-4bbb-8ccc-0123456789ab'),
      fc.array(fc.array(choices, { minLength: 1, maxLength: 3 }), { minLength: 5, maxLength: 5 }),
      fc.boolean(),
      async (value, all, isInList) => {
        const texts = all.map((levels) => levels.reduce((inner, level) => `{"a":${jsonString(inner, level)}}`, value));
        const matcher = new Matcher([needle(value)]);
        for (const text of texts) expect([text, matcher.matches([text]).size]).toEqual([text, 1]);
        const rows = [...texts, 'something else', '{"a":"\\"\\\\names"}'].map((text) => {
          const list = isInList ? `[{a: ${sqlLiteral(text)}}]` : '[{a: NULL}]';
          return `(now(), ${isInList ? 'NULL::VARCHAR' : sqlLiteral(text)}, ${list})`;
        });
        await connection.run(
          `CREATE OR REPLACE VIEW t AS SELECT * FROM (VALUES ${rows.join(', ')}) AS v(ts, mine, list)`,
        );
        const columns = ['mine', 'list'].map((name) => ({ name, mayHaveJson: true }));
        const result = await connection.runAndReadAll(
          searchSql([{ schema: SCHEMA, table: 't', columns }], [needle(value)]),
        );
        const found = result.getRowObjectsJson().map(({ texts }) => {
          const [mine, list] = texts as (string | null)[];
          return mine ?? JSON.parse(String(list))[0].a;
        });
        expect(found).toEqual(expect.arrayContaining(texts));
        // Unless the value needs escapes, others are left out.
        if (!/["\\]/.test(value)) expect(new Set(found)).toEqual(new Set(texts));
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);
