/** `trailmill query` and `trailmill tables` over a warehouse on disk. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Io } from '../../../client/terminal/io';
import { INTERRUPTED } from '../../../client/terminal/io';
import { HEALTH_LIMITS } from '../../../iceberg/health';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { createFileStore } from '../../../storage/file';
import { runCommand, type Said } from '../../support/run-command';
import { type TableOfDays, tableOfDays } from '../../support/table-of-days';

let directory: string;
let table: TableOfDays;

const warehouse = () => join(directory, "it's [a] warehouse");
const trailmill = (argv: readonly string[], io: Partial<Io> = {}): Promise<Said> =>
  runCommand([...argv, '--warehouse', warehouse()], directory, Date.now, io);
const query = (sql: string, ...more: string[]): Promise<Said> => trailmill(['query', sql, ...more]);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-query-'));
  const catalog = createStorageCatalog(createFileStore(warehouse()));
  table = await tableOfDays(catalog, [0, 1, 2, 19_000], { 1: [0, 2] });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a query', () => {
  const ONE =
    "SELECT ts, event, event.count AS n, NULL AS none, '' AS empty FROM aws_cloudtrail WHERE event.id = '1-1'";

  it('is answered as CSV, with JSON for what has members', async () => {
    const { code, stdout } = await query(ONE, '--format', 'csv');
    expect(stdout).toBe(
      'ts,event,n,none,empty\n1970-01-02T01:00:00Z,"{""id"":""1-1"",""count"":9007199254740993}",9007199254740993,,""\n',
    );
    expect(code).toBe(0);
  });

  it('is answered as JSON, with every digit of a whole number', async () => {
    const line =
      '{"ts":"1970-01-02T01:00:00Z","event":{"id":"1-1","count":9007199254740993},"n":9007199254740993,"none":null,"empty":""}';
    expect((await query(ONE, '--json')).stdout).toBe(`[\n${line}\n]\n`);
    expect((await query(ONE, '--format', 'jsonl')).stdout).toBe(`${line}\n`);
    const two = JSON.parse((await query('FROM range(3000)', '--json')).stdout);
    expect(two).toHaveLength(3000);
    expect(JSON.parse((await query('SELECT 1 WHERE FALSE', '--json')).stdout)).toEqual([]);
  });

  it('writes values of every kind so that nothing is lost', async () => {
    const sql = `SELECT timestamptz '2020-01-01 00:00:00.000001+02' a, timestamp '2020-01-01' b, date '2020-01-01' c,
      1.50::DECIMAL(5,2) d, 'nan'::DOUBLE e, '\\xAA'::BLOB f, MAP {'k': [1]} g, 'infinity'::TIMESTAMPTZ h, {'x': NULL} i`;
    expect((await query(sql, '--format', 'jsonl')).stdout).toBe(
      '{"a":"2019-12-31T22:00:00.000001Z","b":"2020-01-01T00:00:00","c":"2020-01-01","d":1.50,"e":"NaN","f":"qg==",' +
        '"g":[{"key":"k","value":[1]}],"h":"infinity","i":{"x":null}}\n',
    );
  });

  it('does not show deleted rows', async () => {
    expect((await query('SELECT count(*) FROM aws_cloudtrail', '--format', 'csv')).stdout).toBe('count_star()\n10\n');
  });

  it('shows the first rows as a table, and says that there are more', async () => {
    const { stdout, stderr } = await query(
      'SELECT event.id, event.count FROM aws_cloudtrail ORDER BY ts',
      '--limit',
      '2',
    );
    expect(stdout).toBe('id              count\n0-0  9007199254740992\n0-1  9007199254740993\n');
    expect(stderr).toMatch(/^Only the first 2 rows; there are more/);
    expect((await query('FROM range(2)', '--limit', '2')).stderr).toBe('');
  });

  it('cuts a table to the terminal, and nothing in a pipe', async () => {
    const sql = "SELECT repeat('long ', 30) AS a, 1 AS b, repeat('x', 40) AS c, repeat('y', 70) AS d";
    let shown = '';
    const stdout = { write: (text: string) => (shown += text), isTTY: true, columns: 50 };
    const { stderr } = await trailmill(['query', sql], { stdout });
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(50);
    expect(shown).toContain('…');
    expect(stderr).toMatch(/1 column of 4 do/);
    expect((await query(sql)).stdout).toContain(`${'x'.repeat(40)}  ${'y'.repeat(70)}\n`);
  });

  it('lets nothing of a log move the cursor', async () => {
    const { stdout } = await query("SELECT 'a' || chr(27) || '[2J' || chr(10) || chr(8238) AS text");
    expect(stdout).toBe('text\na\\u001b[2J\\n\\u202e\n');
  });

  it('comes from a file or from standard input too', async () => {
    writeFileSync(join(directory, 'q.sql'), 'SELECT 1 AS one; SELECT 2 AS two;');
    expect((await trailmill(['query', '--file', 'q.sql', '--format', 'csv'])).stdout).toBe('two\n2\n');
    const readStdin = async () => 'SELECT 3 AS three';
    expect((await trailmill(['query', '-', '--format', 'csv'], { readStdin })).stdout).toBe('three\n3\n');
  });

  it('comes from standard input without -, if that is not a terminal', async () => {
    const io = { readStdin: async () => 'SELECT 4 AS four', inputIsTerminal: () => false };
    expect((await trailmill(['query', '--format', 'csv'], io)).stdout).toBe('four\n4\n');
    const onTerminal = await trailmill(['query', '--format', 'csv'], { ...io, inputIsTerminal: () => true });
    expect(onTerminal.stderr).toMatch(/No SQL was given\.\n[\s\S]*On a terminal, `trailmill query` alone asks for SQL/);
    expect(onTerminal.code).toBe(2);
  });

  it('has values that are bound, and are compared as literals are', async () => {
    const sql = "SELECT event.id, $t AS t FROM aws_cloudtrail WHERE event.count = $n AND ts >= $since AND '$x' <> $t";
    const values = ['n=9007199254740993', 'since=1970-01-02', "t=' OR 1=1 --"].flatMap((one) => ['--param', one]);
    expect((await query(sql, ...values, '--format', 'csv')).stdout).toBe(
      "id,t\n1-1,' OR 1=1 --\n2-1,' OR 1=1 --\n19000-1,' OR 1=1 --\n",
    );
    writeFileSync(join(directory, 'p.sql'), 'SELECT $a || $b AS ab');
    const file = ['query', '--file', 'p.sql', '--param', 'a=x=y', '--param', 'b=', '--format', 'csv'];
    expect((await trailmill(file)).stdout).toBe('ab\nx=y\n');
  });

  it('opens only the files that can have rows of such values', async () => {
    const other = createStorageCatalog(createFileStore(join(directory, 'bound')));
    const { files } = await tableOfDays(other, [0, 1, 2]);
    for (const { path } of files.filter(({ day }) => day !== 1)) writeFileSync(fileURLToPath(path), 'not Parquet');
    const sql = 'SELECT count(*) AS n FROM aws_cloudtrail WHERE ts >= $a AND ts < $b';
    const values = ['--param', 'a=1970-01-02', '--param', 'b=1970-01-03'];
    const argv = ['query', sql, ...values, '--warehouse', 'bound', '--format', 'csv'];
    expect(await runCommand(argv, directory)).toEqual({ code: 0, stdout: 'n\n3\n', stderr: '' });
  });

  it('has JSON in JSON, where the type is JSON', async () => {
    const sql = `SELECT '{"a": [1.50,\n 9007199254740993], "b": "\\u001b\\n"}'::JSON AS j, '{"a":1}' AS text, NULL::JSON AS none`;
    const line = '{"j":{"a": [1.50,  9007199254740993], "b": "\\u001b\\n"},"text":"{\\"a\\":1}","none":null}\n';
    expect((await query(sql, '--format', 'jsonl')).stdout).toBe(line);
    expect(JSON.parse((await query(sql, '--json')).stdout)).toEqual([JSON.parse(line)]);
  });

  it('can be shown with a line for each column', async () => {
    const sql = "SELECT range AS n, repeat('long ', 20) AS a_long_text, NULL AS none FROM range(2)";
    const whole = await query(sql, '--format', 'line');
    expect(whole.stdout).toMatch(/^n {12}0\na_long_text {2}(long ){19}long\nnone {9}NULL\n\nn {12}1\n/);
    let shown = '';
    const stdout = { write: (text: string) => (shown += text), isTTY: true, columns: 40 };
    const { stderr } = await trailmill(['query', sql, '--format', 'line', '--limit', '1'], { stdout });
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(shown.match(/long /g)?.length).toBeGreaterThan(15);
    expect(stderr).toMatch(/^Only the first 1 row; there are more/);
  });

  it('waits for a reader that is slow', async () => {
    let waiting = 0;
    let most = 0;
    const stdout = {
      write: () => {
        most = Math.max(most, ++waiting);
        return false;
      },
      once: (_event: 'drain', then: () => void) =>
        // Longer than DuckDB needs for the next rows.
        setTimeout(() => {
          waiting--;
          then();
        }, 30),
    };
    const { code } = await trailmill(['query', 'FROM range(20000)', '--format', 'csv'], { stdout });
    expect({ code, most }).toEqual({ code: 0, most: 1 });
  });

  it('ends with Ctrl-C', async () => {
    const onInterrupt = (handler: () => void) => {
      const timer = setTimeout(handler, 300);
      return () => clearTimeout(timer);
    };
    const { code } = await trailmill(['query', 'SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 3'], {
      onInterrupt,
    });
    expect(code).toBe(INTERRUPTED);
  });
});

describe('a mistake in a query', () => {
  it.each([
    ['SELEC 1', /syntax error at or near "SELEC"\n\nLINE 1: SELEC 1\n {8}\^/],
    ['SELECT * FROM aws_cloudtral', /Did you mean "aws_cloudtrail"\?/],
    ['SELECT event.idd FROM aws_cloudtrail', /Candidate Entries: "id"/],
  ])('%s: shows the line and what is near', async (sql, message) => {
    const { code, stdout, stderr } = await query(sql);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/ at .*\.(ts|js):\d/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('says of a table that nobody has made that nothing was ingested', async () => {
    const { code, stderr } = await query('SELECT * FROM AWS_CloudTrail_digest');
    expect(stderr).toMatch(
      /The table aws_cloudtrail_digest does not exist in the storage catalog at .* nothing has been ingested into it yet/,
    );
    expect(code).toBe(2);
  });

  it('says of the integrity table that nothing was verified, and how to', async () => {
    const { code, stderr } = await query('FROM aws_cloudtrail_integrity');
    expect(stderr).toMatch(/The table aws_cloudtrail_integrity does not exist .* nothing has been verified yet/);
    expect(stderr).toContain('Run `trailmill verify` first');
    expect(code).toBe(2);
  });

  it.each([
    [['query'], /No SQL was given/],
    [['query', ' '], /The SQL is empty/],
    [['query', 'SELECT 1', '--format', 'cvs'], /Did you mean csv\?/],
    [['query', 'SELECT 1', '--format', 'csv', '--json'], /contradict/],
    [['query', 'SELECT 1', '--file', 'x.sql'], /Omit one of them/],
    [['query', 'SELECT $x', '--param', 'x'], /--param "x" is not NAME=VALUE/],
    [['query', 'SELECT $x', '--param', 'y=1'], /The SQL has no \$y/],
    [['query', 'SELECT $x + $y', '--param', 'x=1'], /The SQL has \$y, which has no value/],
    [['query', 'SELECT $x', '--param', 'x=1', '--param', 'x=2'], /given twice/],
    [['query', 'failed-logins', '--param', 'nope=1'], /Unknown option --nope/],
    [['query', 'SELECT $from', '--param', 'from=1'], /Start with --from/],
    [['query', '--file', 'nowhere.sql'], /nowhere\.sql cannot be read \(ENOENT\)/],
  ])('%j is refused with a cure', async (argv, message) => {
    const { code, stdout, stderr } = await trailmill(argv);
    expect(`${stdout}${stderr}`).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('a question about some days', () => {
  it('opens no file of another day', async () => {
    const other = createStorageCatalog(createFileStore(join(directory, 'damaged')));
    const { files } = await tableOfDays(other, [0, 1, 2], { 1: [0], 2: [1] });
    for (const { path } of files.filter(({ day }) => day !== 1)) writeFileSync(fileURLToPath(path), 'not Parquet');
    const ask = (where: string) =>
      runCommand(
        ['query', `SELECT count(*) AS n FROM aws_cloudtrail ${where}`, '--warehouse', 'damaged', '--format', 'csv'],
        directory,
      );
    expect(await ask("WHERE ts >= '1970-01-02' AND ts < '1970-01-03'")).toEqual({
      code: 0,
      stdout: 'n\n2\n',
      stderr: '',
    });
    const whole = await ask('');
    expect(whole.stderr).toMatch(/day-[02]\.parquet/);
    expect(whole.code).not.toBe(0);
  });
});

describe('tables', () => {
  it('tells what is there, from the manifests', async () => {
    const { code, stdout } = await trailmill(['tables', '--json']);
    const { tables, missing } = JSON.parse(stdout);
    expect(tables).toEqual([
      {
        name: 'aws_cloudtrail',
        location: expect.stringMatching(/trailmill\/aws_cloudtrail$/),
        metadataLocation: expect.stringMatching(/\/metadata\/v\d+\.metadata\.json$/),
        rows: 12,
        liveRows: 10,
        dataFiles: 4,
        deleteFiles: 1,
        bytes: expect.any(Number),
        snapshots: 2,
        firstDay: '1970-01-01',
        lastDay: '2022-01-08',
        committedAt: expect.stringMatching(/Z$/),
      },
    ]);
    expect(tables[0].bytes).toBeGreaterThan(table.files.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(missing).toContain('aws_cloudtrail_digest');
    expect(code).toBe(0);
  });

  it('lists the columns of one, and its last snapshots', async () => {
    const { tables } = JSON.parse((await trailmill(['tables', 'aws_cloudtrail', '--snapshots', '1', '--json'])).stdout);
    expect(tables[0].columns).toEqual([
      { name: 'ts', type: 'timestamptz', required: true, doc: 'When it happened' },
      { name: 'event.id', type: 'string', required: false, doc: 'Its name' },
      { name: 'event.count', type: 'long', required: false, doc: '' },
    ]);
    expect(tables[0].recent).toEqual([
      expect.objectContaining({ operation: 'overwrite', addedRows: 0, deletedRows: 2, commit: 'deletes' }),
    ]);
    const { stdout } = await trailmill(['tables', 'aws_cloudtrail', '--snapshots']);
    expect(stdout).toMatch(/^table +rows +live rows/);
    expect(stdout).toMatch(/event\.id +string +Its name/);
    expect(stdout).toMatch(/overwrite +0 +2/);
  });

  it.each([
    [['tables', 'aws_cloudtrail_digests'], /Did you mean aws_cloudtrail_digest\?/],
    [['tables', 'aws_cloudtrail_digest'], /nothing has been ingested yet/],
  ])('%j is refused with a cure', async (argv, message) => {
    const { code, stderr } = await trailmill(argv);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('the health of tables', () => {
  it('is told in JSON: what maintenance reduces, and what the work area holds', async () => {
    const store = createFileStore(warehouse());
    await store.put('_trailmill/plans/a/b.json', Buffer.from('12345'));
    await store.put('_trailmill/plans/a/c.json', Buffer.from('123'));
    await store.put('_trailmill/event-ids/d', Buffer.from('1'));
    const { health, workArea } = JSON.parse((await trailmill(['tables', '--json'])).stdout);
    const folder = join(warehouse(), 'trailmill/aws_cloudtrail/metadata');
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    const newest = statSync(join(folder, 'v3.metadata.json')).size;
    const manifests = readdirSync(folder).filter((name) => name.startsWith('days') || name.startsWith('deletes'));
    expect(health).toEqual([
      {
        name: 'aws_cloudtrail',
        smallFiles: 4,
        deleteFiles: 1,
        snapshots: 2,
        manifests: 2,
        manifestBytes: manifests.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
        metadataFileBytes: newest,
        metadataFolder: {
          objects: sizes.length,
          bytes: sizes.reduce((sum, one) => sum + one, 0),
          complete: true,
        },
        findings: [],
      },
    ]);
    expect(workArea).toEqual([
      { kind: 'plans', objects: 2, bytes: 8, complete: true },
      { kind: 'event-ids', objects: 1, bytes: 1, complete: true },
    ]);
  });

  it('fits a terminal of 80 columns, with --health as well', async () => {
    const { stdout, stderr } = await trailmill(['tables', '--health']);
    expect(stdout).toMatch(/aws_cloudtrail +4 +1 +2 +2 +[\d.]+ kB +[\d.]+ kB/);
    expect(stdout).toMatch(/plans +2 +8 B/);
    const lines = stdout.split('\n').filter((line) => !line.includes(directory));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stderr).not.toContain('upkeep');
  });

  it('is said beneath the tables when it is bad, with the cure', async () => {
    const place = join(directory, 'slow');
    const catalog = createStorageCatalog(createFileStore(place));
    const { identifier } = await tableOfDays(catalog, [0]);
    const loaded = await catalog.loadTable(identifier);
    if (loaded === undefined) throw new Error('no table');
    const note = 'x'.repeat(HEALTH_LIMITS.metadataFileBytes);
    await catalog.commit(loaded, [], [{ action: 'set-properties', updates: { note } }]);
    const { stderr } = await runCommand(['tables', '--warehouse', place], directory, Date.now, {});
    expect(stderr).toContain('aws_cloudtrail is slow to read and write: 4.00 MB of metadata in every commit.\n');
    expect(stderr).toContain('Run `trailmill upkeep`');
    const { stdout } = await runCommand(['tables', '--json', '--warehouse', place], directory, Date.now, {});
    expect(JSON.parse(stdout).health[0].findings).toMatchObject([{ what: 'metadataFileBytes' }]);
  });
});
