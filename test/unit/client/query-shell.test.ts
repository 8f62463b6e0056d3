/** `trailmill query` without SQL, in a real pseudo terminal of 80 × 24. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithPty, Pty } from '../../support/pseudo-terminal';
import { diskRun, ingestRecords } from '../../support/query-warehouse';

const ROOT = join(__dirname, '../../..');
const PROMPT = /trailmill> $/;

let directory: string;
let shell: Pty;

/** Starts the shell; `argv` behind `trailmill query`. */
async function start(argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Pty> {
  const command = [process.execPath, '-r', join(ROOT, 'test/support/register-ts.js'), join(ROOT, 'client/main.ts')];
  const started = new Pty([...command, 'query', '--warehouse', 'warehouse', ...argv], {
    cwd: directory,
    env: { ...process.env, TEMPORAL_CONFIG_FILE: '', TERM: 'xterm', PAGER: '', ...env },
  });
  shell = started;
  await started.sees(PROMPT);
  return started;
}

/** Ends with this text. */
const exactly = (text: string): RegExp => new RegExp(`${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
const history = (): string[] => readFileSync(join(directory, '.trailmill/query-history'), 'utf8').trim().split('\n');

describeWithPty('the shell', () => {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-shell-'));
    await ingestRecords(
      diskRun(directory),
      [1, 2, 3].map((hour) => ({
        eventVersion: '1.08',
        eventTime: `2024-03-05T0${hour}:00:00Z`,
        eventID: `event-${hour}`,
        eventName: `Action${hour}`,
        eventSource: 's3.amazonaws.com',
        eventType: 'AwsApiCall',
        awsRegion: 'eu-west-1',
        sourceIPAddress: `192.0.2.${hour}`,
        requestParameters: { bucketName: `a-bucket-with-a-long-name-${'x'.repeat(100)}`, hour },
        userIdentity: { type: 'Root', accountId: '111122223333', arn: 'arn:aws:iam::111122223333:root' },
      })),
    );
  });
  afterEach(() => shell.end());
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('answers statements of several lines, and several on a line, with rows and time', async () => {
    const { raw } = await start();
    expect(raw).toMatch(/End SQL with ; — \.help lists the commands, Ctrl-D quits\./);
    await shell.typed("SELECT event_name, ';'\r", /\.\.\.> $/);
    await shell.typed('FROM events -- all ; of them\r', /\.\.\.> $/);
    const answer = await shell.typed('ORDER BY 1 LIMIT 2;\r', PROMPT);
    expect(answer).toMatch(/event_name +';'\nAction1 +;\nAction2 +;\n2 rows \(\d+\.\d\d s\)\n/);
    const two = await shell.typed('SELECT 1 AS one; SELECT 2 AS two;\r', PROMPT);
    expect(two).toMatch(/one\n +1\n1 row \(.*\)\ntwo\n +2\n1 row/);
    expect(await shell.typed("SELECT 'a\r", / '> $/)).not.toContain('row');
    expect(await shell.typed("b' AS t;\r", PROMPT)).toContain('a\\nb');
    shell.type('\u0004');
    expect(await shell.ended).toBe(0);
  });

  it('keeps statements in a history that only the owner can read, each once, and not what begins with a space', async () => {
    await start();
    await shell.typed('SELECT 41 +\r', /\.\.\.> $/);
    await shell.typed('  1 AS answer;\r', PROMPT);
    await shell.typed(" SELECT 'not kept';\r", PROMPT);
    await shell.typed("CREATE TEMPORARY SECRET s (TYPE http, BEARER_TOKEN 'x');\r", PROMPT);
    await shell.typed('.timing off\r', PROMPT);
    await shell.typed('.timing off\r', PROMPT);
    // Up, up: the statement, on one line.
    expect(await shell.typed('\u001b[A\u001b[A\r', PROMPT)).toMatch(/42\n1 row\n/);
    await shell.typed('.quit\r', /$/);
    expect(await shell.ended).toBe(0);
    const kept = history();
    expect(kept.slice(-2)).toEqual(['SELECT 41 + 1 AS answer;', '.quit']);
    expect(kept.join()).not.toMatch(/not kept|SECRET/);
    expect(statSync(join(directory, '.trailmill/query-history')).mode & 0o777).toBe(0o600);
    await start();
    // The beginning and Up: the newest that begins so. It was typed twice, and is there once.
    expect(await shell.typed('SELECT 41\u001b[A\r', PROMPT)).toMatch(/42\n1 row/);
    expect(history().filter((line) => line.startsWith('SELECT 41'))).toHaveLength(2);
    await shell.typed('.quit\r', /$/);
    await shell.ended;
    await start();
    expect(history().filter((line) => line.startsWith('SELECT 41'))).toHaveLength(1);
    expect(history().filter((line) => line === '.timing off')).toHaveLength(1);
  });

  it('finds a line by any part of it with Ctrl-R, and an older one with Ctrl-R again', async () => {
    await start();
    for (const sql of ["SELECT 'x' AS one;", 'SELECT 2 AS two;', "SELECT 'xyz' AS three;"])
      await shell.typed(`${sql}\r`, PROMPT);
    // The prompt is also written before each line that is found, so the result is part of what is waited for.
    await shell.typed("'x\u0012\r", /\nxyz\n1 row[\s\S]*> $/);
    await shell.typed("'x\u0012\u0012\r", /\nx\n1 row[\s\S]*> $/);
    // After the oldest one, the line stays. Any other key begins a new search.
    await shell.typed('two;\u0012\u0012\u0012\r', / 2\n1 row[\s\S]*> $/);
    await shell.typed("'xyz\u0012\u007f\u0012;\r", /\nxyz\n1 row[\s\S]*> $/);
  });

  it('completes tables, members of columns, keywords, commands and saved queries', async () => {
    await start();
    /** Types a text, then Tab, which completes it so. */
    const tab = async (text: string, completed: string): Promise<void> => {
      await shell.typed(text, exactly(text));
      await shell.typed('\t', exactly(completed));
    };
    await tab('SEL', 'ECT');
    await tab(' count(*), cloud.reg', 'ion');
    await tab(', event.act', 'ion');
    await tab(' FROM aws_cloudt', 'rail');
    await tab(' t WHERE aws.cloudtrail.user_identity.ar', 'n');
    expect(await shell.typed(' IS NOT NULL GROUP BY ALL ORDER BY 3 LIMIT 1;\r', PROMPT)).toMatch(
      /eu-west-1 +Action1\n1 row/,
    );
    await tab('SELECT event_na', 'me');
    await tab(' FROM even', 'ts');
    await tab(' WHERE event_i', 'd');
    expect(await shell.typed(" = 'event-2';\r", PROMPT)).toMatch(/event_name\nAction2\n/);
    await tab('.sch', 'ema');
    await tab(' file', 's');
    expect(await shell.typed('\r', PROMPT)).toMatch(/column +type\n[\s\S]*status +VARCHAR\n/);
    await tab('.run failed-log', 'ins');
    await tab(' --at-l', 'east');
  });

  it('cancels what runs with Ctrl-C, and clears what is typed, but does not quit', async () => {
    await start();
    await shell.typed('SELECT 1 +\r', /\.\.\.> $/);
    await shell.typed('2 nonsense\u0003', PROMPT);
    await shell.typed('\u0003', PROMPT);
    await shell.typed('\u0003', PROMPT);
    // At once.
    const endless = 'SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 3;\r';
    await shell.typed(endless, /3;\n/);
    expect(await shell.typed('\u0003', PROMPT)).toMatch(/Canceled\.\n/);
    // The second one is pasted, and does not run either.
    await shell.typed(`${endless}SELECT 1 AS other;\r`, /other;\n/);
    expect(await shell.typed('\u0003', PROMPT)).toMatch(/Canceled\.\n/);
    expect(await shell.typed('SELECT 6 * 7 AS x;\r', PROMPT)).toMatch(/x\n42\n1 row/);
  });

  it('narrows tables to 80 columns, and has a line mode for wide rows', async () => {
    await start();
    const table = await shell.typed('FROM events ORDER BY event_time LIMIT 1;\r', PROMPT);
    expect(table).toContain('.mode line shows everything.');
    await shell.typed('.mode line\r', PROMPT);
    const lines = await shell.typed('FROM events ORDER BY event_time LIMIT 2;\r', PROMPT);
    expect(lines).toMatch(/\nevent_time +2024-03-05T01:00:00Z\nevent_name +Action1\n/);
    // The long value is all there, in pieces.
    const [, first] = /request_parameters([\s\S]*?)response_elements/.exec(lines) ?? [];
    expect(JSON.parse(first.replace(/\s/g, ''))).toMatchObject({ hour: 1 });
    await shell.typed('.mode table\r', PROMPT);
    const shown = [table, lines];
    for (const command of ['.help', '.tables', '.schema events', '.schema aws_cloudtrail', '.queries'])
      shown.push(await shell.typed(`${command}\r`, PROMPT));
    shown.push(
      await shell.typed(`SELECT '${'y'.repeat(90)}' AS y, nothing, 3 AS three_and_more FROM events;\r`, PROMPT),
    );
    // Behind what was typed itself.
    const lines80 = shown.flatMap((text) => text.split('\n').slice(1));
    expect(lines80.filter((line) => [...line].length > 80)).toEqual([]);
    expect(lines80.filter((line) => [...line].length > 60)).not.toEqual([]);
  });

  it('shows the place of a mistake with a caret, and what a name is called here', async () => {
    await start();
    const answer = await shell.typed('SELECT eventName FROM events;\r', PROMPT);
    const [place, caret] = answer.split('\n').filter((line) => /^LINE 1|\^$/.test(line));
    expect(caret.indexOf('^')).toBe(place.indexOf('eventName'));
    expect(answer).toMatch(/eventName is event\.action \(in the view\s+events: event_name\)/);
    expect(await shell.typed('.moed line\r', PROMPT)).toMatch(/Did you mean \.mode\?/);
  });

  it('shows long results in the pager, and short ones without', async () => {
    const pager = join(directory, 'pager.txt');
    await start([], { PAGER: `cat > ${pager}; echo PAGED` });
    expect(await shell.typed('FROM range(3);\r', PROMPT)).toMatch(/2\n3 rows/);
    expect(existsSync(pager)).toBe(false);
    expect(await shell.typed('FROM range(100);\r', PROMPT)).toMatch(/;\nPAGED\n100 rows/);
    expect(readFileSync(pager, 'utf8').split('\n')).toHaveLength(102);
    await shell.typed('.pager off\r', PROMPT);
    expect(await shell.typed('FROM range(100);\r', PROMPT)).toMatch(/98\n *99\n100 rows/);
  });

  it('goes on when the pager is quit before it has read everything, or is not there', async () => {
    await start([], { PAGER: 'head -n 1' });
    await shell.typed('.mode csv\r', PROMPT);
    expect(await shell.typed('FROM range(100000000);\r', PROMPT)).toMatch(/range\nstopped after [\d,]+ rows/);
    expect(await shell.typed('SELECT 1 AS x;\r', PROMPT)).toMatch(/x\n1\n1 row/);
    await shell.typed('.quit\r', /$/);
    await shell.ended;
    await start([], { PAGER: 'no-such-pager' });
    expect(await shell.typed('FROM range(50);\r', PROMPT)).toMatch(/49\nThe pager could not be run: no-such-pager/);
  });

  it('runs saved queries, files, and SQL with values that are bound', async () => {
    writeFileSync(join(directory, 'two.sql'), "SELECT 'x;y' AS first;\n-- ;\nSELECT $n::INT + 1 AS second");
    await start(['--param', 'n=4', '--from', '2024-03-05']);
    expect(await shell.typed('.open two.sql\r', PROMPT)).toMatch(/first\nx;y\n1 row.*\nsecond\n +5\n/);
    expect(await shell.typed('.run root-activity\r', PROMPT)).toMatch(/Action|rows?/);
    await shell.typed('.mode csv\r', PROMPT);
    const sql = 'SELECT event_name FROM events WHERE source_ip = $ip;\r';
    expect(await shell.typed(sql, PROMPT)).toMatch(
      /The SQL has \$ip, which has no value\.\n +Set it: \.param ip=VALUE/,
    );
    await shell.typed('.param ip=192.0.2.3\r', PROMPT);
    expect(await shell.typed(sql, PROMPT)).toMatch(/event_name\nAction3\n1 row/);
    await shell.typed(".param ip=' OR true --\r", PROMPT);
    expect(await shell.typed(sql, PROMPT)).toMatch(/event_name\n0 rows/);
    expect(await shell.typed('.run failed-logins --from 2099\r', PROMPT)).toMatch(/0 rows/);
    expect(await shell.typed('.run nothing\r', PROMPT)).toMatch(/There is no saved query nothing\./);
  });

  it('sees what is committed meanwhile after .refresh', async () => {
    await start();
    await shell.typed('.mode csv\r', PROMPT);
    const sql = "SELECT count(*) AS n FROM events WHERE event_name = 'Late';\r";
    expect(await shell.typed(sql, PROMPT)).toMatch(/n\n0\n/);
    const late = { eventVersion: '1.08', eventTime: '2024-04-01T00:00:00Z', eventID: 'late', eventName: 'Late' };
    await ingestRecords(diskRun(directory), [{ ...late, eventSource: 'x.amazonaws.com', awsRegion: 'eu-west-1' }]);
    expect(await shell.typed(sql, PROMPT)).toMatch(/n\n0\n/);
    expect(await shell.typed('.refresh\r', PROMPT)).toContain('newest snapshots');
    expect(await shell.typed(sql, PROMPT)).toMatch(/n\n1\n/);
  });
});
