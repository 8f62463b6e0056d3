/** `trailmill check` on transforms: what it finds before a run, and what it shows for the bucket's own records. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TransformReport } from '../../../client/check/transforms';
import { runCommand } from '../../support/run-command';
import { records, trailFile, trailKey } from '../../support/runs';

const SOURCE = 'log_sources/trail/log_source.yml';
const INGEST = 'ingest: {location: ./bucket}\ntransform: ./transform.ts\n';
const COLUMNS = 'schema: {fields: [{name: team.owner, type: string}]}\n';

let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'trailmill-check-')));
  write(SOURCE, INGEST + COLUMNS);
  write('log_sources/trail/tables/default.yml', '');
  write(join('bucket', trailKey('old', { day: '2024-03-04' })), trailFile(records(4, undefined, { eventName: 'Old' })));
  write(join('bucket', trailKey('new')), trailFile(records(6)));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(name: string, text: string | Buffer): void {
  const path = join(project, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

interface Checked {
  code: number;
  /** The section about transforms. */
  text: string;
  transforms: TransformReport[];
}

async function check(source: string, ...flags: string[]): Promise<Checked> {
  write('transform.ts', source);
  const said = await runCommand(['check', ...flags], project);
  const json = await runCommand(['check', '--json', ...flags], project);
  expect([said.stderr, json.stderr]).toEqual(['', '']);
  expect(json.code).toBe(said.code);
  const text = /^Transforms\n[\s\S]*?(?=\n\nAccess)/m.exec(said.stdout)?.[0] ?? '';
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const { transforms } = JSON.parse(json.stdout) as Checked;
  return { code: said.code, text, transforms };
}

const ofTransform = (body: string): string => `export default function transform(row) {\n${body}\n}\n`;

test.each([
  ['a syntax error', 'export default (row) => {\n', /transform\.ts:\d.* cannot be compiled: Unexpected end of file/],
  [
    'no default export',
    'export const transform = () => null;',
    /does not export a function by default; it exports transform/,
  ],
  ['an empty module', '', /does not export a function by default\.$/],
  ['an export that is not a function', 'export default { transform() {} };', /does not export a function by default/],
  ['an async function', 'export default async (row) => row;', /is an async function/],
  ['a promise', ofTransform('  return Promise.resolve(row);'), /returns a promise/],
  ['a missing import', 'import "./gone";\nexport default () => null;', /transform\.ts:1: .*Could not resolve/],
  [
    'an import from outside the project',
    'import "../outside.js";\nexport default () => null;',
    /imports .*outside\.js, which is outside the project/,
  ],
  [
    'an error while loading',
    'import { n } from "./lib";\n\nexport default () => n;',
    /lib\.ts:3 cannot be loaded: no teams/,
  ],
  [
    'a crash of the process',
    'import { kill } from "node:process";\nkill(process.pid, "SIGABRT");\nexport default () => null;',
    /while it was being loaded|crashed its process/,
  ],
  [
    'an asynchronous failure',
    'Promise.resolve().then(() => { throw new Error("late"); });\n' +
      ofTransform('(async () => { throw new Error("late"); })();'),
    /started an asynchronous operation that failed: Error: late/,
  ],
])('%s is a mistake that is reported with its location and a fix: exit code 2', async (_what, source, message) => {
  write('lib.ts', 'export const n: number = 1;\n\nthrow new Error("no teams");\n');
  write('../outside.js', 'export {};');
  const { code, text, transforms } = await check(source);
  expect(code).toBe(2);
  expect(transforms).toHaveLength(1);
  expect(transforms[0].mistakes).toEqual([
    { message: expect.stringMatching(message), cure: expect.stringMatching(/\S/) },
  ]);
  expect(transforms[0].mistakes[0].message).toContain(project);
  expect(transforms[0].sample).toBeNull();
  expect(text).toContain('✗ aws_cloudtrail: transform.ts');
  rmSync(join(project, '../outside.js'), { force: true });
});

test('a module that hangs or uses too much memory while it is loaded', async () => {
  const hanging = await check('for (;;);\nexport default () => null;');
  expect(hanging.code).toBe(2);
  expect(hanging.transforms[0].mistakes[0].message).toMatch(/did not finish within 10 s while it was being loaded/);
  const large = await check('const all = []; for (;;) all.push({ a: [1, 2, 3] });\nexport default () => null;');
  expect(large.code).toBe(2);
  expect(large.transforms[0].mistakes[0].message).toMatch(/memory/);
}, 120_000);

test('what it does to the newest records: kept, changed, dropped and rejected, with the columns before and after', async () => {
  const { code, text, transforms } = await check(
    ofTransform(`  const id: string = row.record.eventID;
  if (id.endsWith('-1')) return null;
  if (id.endsWith('-2')) throw new RangeError('not ' + 'this one');
  if (id.endsWith('-3')) return row;
  row.set('team.owner', 'payments');
  row.set('event.action', row.get('event.action'));`),
    '--sample',
    '6',
    '--show',
    '1',
  );
  // One record of six is rejected: a run would pause.
  expect(code).toBe(1);
  const [{ sample, mistakes, warnings }] = transforms;
  const uri = `file://${project}/bucket/${trailKey('new')}`;
  expect({ ...sample, microseconds: 0 }).toEqual({
    ...{ files: 1, rows: 6, kept: 4, changed: 3, dropped: 1, rejected: 1, microseconds: 0 },
    rejects: [
      { uri, record: 2, message: 'RangeError: not this one', at: { file: `${project}/transform.ts`, line: 4 } },
    ],
    changes: [{ uri, record: 0, columns: [{ name: 'team.owner', before: 'null', after: '"payments"' }] }],
    ...{ missingSet: [], missingGet: [], isAsync: false },
  });
  expect([mistakes, warnings]).toEqual([[], []]);
  expect(
    text
      .replace(/[\d,]+ microseconds?/, 'N microseconds')
      .replaceAll(project, '<project>')
      .replace(/\n +(?=this one|RangeError|not)/g, ' '),
  ).toMatchInlineSnapshot(`
"Transforms
  ✗ aws_cloudtrail: transform.ts
      6 rows of 1 file, N microseconds per row
      4 kept (3 changed), 1 dropped, 1 rejected
      rejected at <project>/transform.ts:4: RangeError: not this one
        record 2 of
        111122223333_CloudTrail_us-east-1_20240305T1210Z_new.json.gz
      changed:
        record 0 of
        111122223333_CloudTrail_us-east-1_20240305T1210Z_new.json.gz
        team.owner
          - null
          + "payments"
      A run with this share of rejects pauses: see ingest.max_reject_rate of
      temporal.yaml."
`);
});

test('a column that the table lacks: set is a mistake and suggests the closest name, get is a warning', async () => {
  write(SOURCE, INGEST);
  const { code, transforms } = await check(
    ofTransform(
      `  if (row.get('event.actoin') === 'x') return null;\n  try { row.set('tgas', ['a']); } catch {}\n  row.set('team.owner', 'nobody');`,
    ),
  );
  expect(code).toBe(2);
  const [{ mistakes, warnings, sample }] = transforms;
  expect(mistakes.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /transform\.ts sets tgas, but the table aws_cloudtrail \(row\.table is 'default'\) has no such column\. Did you mean tags\?$/,
    ),
    expect.stringMatching(/transform\.ts:4 sets team\.owner, but the table aws_cloudtrail .* has no such column\./),
  ]);
  expect(mistakes[0].cure).toBe('Add it to schema.fields, or correct the name.');
  expect(warnings).toEqual([
    'It reads event.actoin, which is not a column and therefore always null. Did you mean event.action?',
  ]);
  expect(sample).toMatchObject({ rows: 6, rejected: 6, rejects: [] });
});

test('the transform of the log source is tried on each table, and may read the columns of all of them', async () => {
  write('log_sources/trail/tables/digest.yml', '');
  const digest = {
    digestEndTime: '2024-03-05T13:00:00Z',
    awsAccountId: '111122223333',
    digestS3Bucket: 'b',
    logFiles: [],
  };
  write(join('bucket', trailKey('d', { kind: 'CloudTrail-Digest' })), Buffer.from(JSON.stringify(digest)));
  const { code, text, transforms } = await check(
    ofTransform(`  if (row.get('user_agent.original') === 'x') return null;
  if (row.table === 'digest') row.set('event.action', 'Digest');
  row.set('team.owner', row.table);`),
  );
  expect(code).toBe(2);
  expect(transforms.map(({ table, sample }) => [table, sample?.rows, sample?.changed])).toEqual([
    ['aws_cloudtrail', 6, 6],
    ['aws_cloudtrail_digest', 1, 0],
  ]);
  expect(transforms.map(({ mistakes, warnings }) => [mistakes.length, warnings])).toEqual([
    [0, []],
    [1, []],
  ]);
  expect(transforms[1].mistakes[0].cure).toMatch(/another table has it: ask row\.table first/);
  expect(text).toContain('✓ aws_cloudtrail: transform.ts');
});

test('--sample 0, or a bucket that cannot be read: the transform is still loaded, and the reason is shown', async () => {
  const off = await check(ofTransform('  throw new Error("each");'), '--sample', '0');
  expect([off.code, off.transforms[0].sample, off.transforms[0].noSample]).toEqual([0, null, 'off']);
  const away = await check(ofTransform('  return row;'), '--location', 'nowhere');
  expect(away.code).toBe(1);
  expect(away.transforms[0]).toMatchObject({
    mistakes: [],
    sample: null,
    noSample: expect.stringContaining('nowhere'),
  });
  expect(away.text).toContain('it was not run over records: the bucket cannot be read');
});
