/** Splitting SQL into statements, compared with DuckDB's parser. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { columnNode, leavesOf } from '../../../query/column-tree';
import { onOneLine, splitStatements } from '../../../query/statements';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** How many statements DuckDB sees. */
const counted = async (sql: string): Promise<number> => (await connection.extractStatements(sql)).count;

/** Pieces of a SELECT list with what makes it hard to see where a statement ends. */
const piece = fc.constantFrom(
  "'a;b'",
  "'it''s; '",
  "E'\\';'",
  "e'\\\\'",
  '1 AS "x;y"',
  '1 AS "q"";"',
  '$$ ; $$',
  '$a$ ; $$ ; $a$',
  '$é$;$é$',
  '/* ; */ 1',
  '/* a /* ; */ ; */ 2',
  "3 -- ; '\n",
  "4 -- it's\n",
  "'-- ;'",
  "'/*'",
  '"a$b$c" ',
  "x'41'",
  '1\n\n',
);
const statement = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => `SELECT ${pieces.join(' , ')}`);

describe('SQL is split where DuckDB sees the end of a statement', () => {
  it('whatever is in quotes and comments', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(statement, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(';', ' ; ;\n', ';-- last ;\n'),
        async (all, end) => {
          const sql = all.join(';') + end;
          const { statements, rest, open } = splitStatements(sql);
          expect(statements).toHaveLength(await counted(sql));
          expect({ rest, open }).toEqual({ rest: '', open: undefined });
          for (const one of statements) expect(await counted(one)).toBe(1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ["SELECT 'a;", "'"],
    ['SELECT "a;', '"'],
    ['SELECT $x$ ; $$', '$x$'],
    ['SELECT $$ ;', '$$'],
    ['SELECT /* ; /* */ ;', '*/'],
    ["SELECT E'\\';", "'"],
  ])('%s: is not at an end, and DuckDB says so too', async (sql, open) => {
    expect(splitStatements(`SELECT 1; ${sql}`)).toEqual({ statements: ['SELECT 1'], rest: sql, open });
    await expect(counted(sql)).rejects.toThrow(/unterminated/);
  });

  it('has no statement of spaces and comments', () => {
    expect(splitStatements(' ; /* a */ ; -- b\n ;\n-- c')).toEqual({ statements: [], rest: '' });
    expect(splitStatements('SELECT 1;\nSELECT 2')).toEqual({ statements: ['SELECT 1'], rest: 'SELECT 2' });
  });

  it('is quick for a file of a megabyte', () => {
    const text = 'SELECT \'a;b\', "c" FROM t WHERE x = $y AND z > 1e5;\n'.repeat(20_000);
    const started = performance.now();
    expect(splitStatements(text).statements).toHaveLength(20_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('a statement on one line', () => {
  it('is the same statement', async () => {
    const typed = "SELECT 'a  b', -- it's\n  1 /* x\n y */ AS n,\n\n  2 AS m";
    const line = onOneLine(typed) as string;
    expect(line).not.toContain('\n');
    const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
    expect(await rows(line)).toEqual(await rows(typed));
    expect(onOneLine("SELECT 'a\nb'")).toBeUndefined();
  });
});

describe('the members of a type', () => {
  it('are found as DuckDB writes it', async () => {
    await connection.run(
      `CREATE VIEW v AS SELECT {'id': 'a', 'group': {'x y': 1, 'l': ['a'], 'q"': DATE '2020-01-01'}} AS s, 1.5::DECIMAL(5,2) AS d,
        MAP {'a': {'b': 1}} AS m, 'x'::ENUM('x', 'y,(') AS e, [{'a': 1}] AS list`,
    );
    const rows = (
      await connection.runAndReadAll("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'v'")
    ).getRows();
    const leaves = leavesOf(rows.map(([name, type]) => columnNode(String(name), String(type))));
    expect(leaves.map(({ path }) => path)).toEqual([
      ['s', 'id'],
      ['s', 'group', 'x y'],
      ['s', 'group', 'l'],
      ['s', 'group', 'q"'],
      ['d'],
      ['m'],
      ['e'],
      ['list'],
    ]);
    for (const { path } of leaves) {
      const name = path.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
      await connection.run(`SELECT ${name} FROM v`);
    }
  });
});
