/** Transforms: what they see of a row, what they may do with it, and what happens if they are wrong. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { columnsOf } from '../../../cloudtrail/table-columns.js';
import type { TransformRef, UserColumn } from '../../../cloudtrail/table-config.js';
import type { Transform, Row as TransformRow } from '../../../cloudtrail/transform.js';
import { describeError } from '../../../errors/index.js';
import { loadTransform } from '../../../ingest/transforms/load.js';
import { type Row, rowsOf as readRows } from '../../support/columns.js';
import { DAY, ingestWholeDay, memoryRun, plan, records, rowsOf, trailFile, trailKey } from '../../support/runs.js';

const COLUMNS: UserColumn[] = [
  { name: 'team', type: 'string', doc: '' },
  { name: 'n.int', type: 'int', doc: '' },
  { name: 'n.long', type: 'long', doc: '', from: ['requestParameters', 'size'] },
  { name: 'n.double', type: 'double', doc: '' },
  { name: 'ok', type: 'boolean', doc: '' },
  { name: 'at', type: 'timestamptz', doc: '' },
  { name: 'day', type: 'date', doc: '' },
  {
    name: 'pairs',
    type: {
      list: {
        struct: [
          { name: 'k', type: 'string' },
          { name: 'v', type: 'int' },
        ],
      },
    },
    doc: '',
  },
];
const TABLE = columnsOf({ key: 'default', name: 't', columns: COLUMNS });
const RECORD = {
  eventTime: '2024-03-05T12:00:00Z',
  eventName: 'PutObject',
  userIdentity: { userName: 'alice' },
  resources: [{ ARN: 'a', accountId: '1' }],
  requestParameters: { size: 5, list: [1, { a: null }] },
};

function decode(transform: Transform, list: readonly unknown[] = [RECORD]) {
  const decoder = new FileDecoder(TABLE, 'records', { transform });
  const file = decoder.decode(Buffer.from(JSON.stringify({ Records: list })), 'file:///f');
  return { file, rows: decoder.take().flatMap(readRows) };
}

describe('a transform', () => {
  it('sees every column, derived ones and its users’ too, and the record', () => {
    const seen: Row = {};
    decode((row) => {
      for (const name of [
        'ts',
        'event.action',
        'event.outcome',
        'event.type',
        'source.ip',
        'n.long',
        'aws.cloudtrail.resources',
      ])
        seen[name] = row.get(name);
      seen.record = structuredClone(row.record);
      return row;
    });
    expect(seen).toEqual({
      ts: '2024-03-05T12:00:00Z',
      'event.action': 'PutObject',
      'event.outcome': 'success',
      'event.type': ['info'],
      'source.ip': null,
      'n.long': 5,
      'aws.cloudtrail.resources': [{ arn: 'a', account_id: '1', type: null }],
      record: RECORD,
    });
  });

  const SET: [name: string, value: Parameters<TransformRow['set']>[1], seen: unknown, stored: unknown][] = [
    ['team', 'red 🎉', 'red 🎉', 'red 🎉'],
    ['n.int', -5, -5, -5],
    ['n.long', 2n ** 60n, 2n ** 60n, 2n ** 60n],
    ['n.long', 12, 12, 12],
    ['n.double', 0.1, 0.1, 0.1],
    ['ok', false, false, false],
    ['at', '2024-03-05T12:00:00.000001Z', '2024-03-05T12:00:00.000001Z', 1_709_640_000_000_001n],
    ['at', new Date('2024-03-05T12:00:00Z'), '2024-03-05T12:00:00Z', 1_709_640_000_000_000n],
    ['day', '2024-03-05', '2024-03-05', 19_787],
    ['day', new Date('2024-03-05T23:00:00Z'), '2024-03-05', 19_787],
    ['tags', ['a', null, 'b'], ['a', null, 'b'], ['a', null, 'b']],
    [
      'pairs',
      [{ k: 'x' }, null, { v: 1 }],
      [{ k: 'x', v: null }, null, { k: null, v: 1 }],
      [{ k: 'x', v: null }, null, { k: null, v: 1 }],
    ],
    ['event.action', 'Other', 'Other', 'Other'],
    ['event.type', null, null, null],
    ['n.long', undefined, null, null],
  ];

  it.each(SET)('sets %s to %p', (name, value, seen, stored) => {
    let read: unknown;
    const { rows } = decode(
      (row) => {
        row.set(name, value);
        read = row.get(name);
        return row;
      },
      [RECORD, RECORD],
    );
    expect(read).toEqual(seen);
    expect(rows.map((row) => row[name])).toEqual([stored, stored]);
  });

  it('keeps the row by returning it or nothing, and drops it by returning null', () => {
    const list = [1, 2, 3, 4].map((n) => ({ ...RECORD, requestParameters: { size: n } }));
    const { file, rows } = decode((row) => {
      const n = row.get('n.long') as number;
      row.set('team', `t${n}`);
      return n % 2 === 0 ? null : n === 1 ? row : undefined;
    }, list);
    expect(rows.map((row) => [row['n.long'], row.team, row['aws.cloudtrail.record_index']])).toEqual([
      [1, 't1', 0],
      [3, 't3', 2],
    ]);
    expect(file).toMatchObject({ records: 4, dropped: 2, rejects: [] });
  });

  const WRONG: [what: string, transform: (row: TransformRow) => unknown, message: RegExp][] = [
    [
      'throws',
      () => {
        throw new RangeError('too far');
      },
      /^RangeError: too far$/,
    ],
    [
      'throws no error',
      () => {
        throw 'text';
      },
      /^It threw text$/,
    ],
    [
      'sets a missing column',
      (row) => row.set('event.actoin', 'x'),
      /the table \(row\.table is 'default'\) has no column event\.actoin; did you mean event\.action\?/,
    ],
    ['sets the time', (row) => row.set('ts', '2024-01-01T00:00:00Z'), /ts cannot be set/],
    [
      'sets the identity of the event',
      (row) => row.set('event.id', 'x'),
      /event\.id cannot be set: it identifies the record/,
    ],
    [
      'sets a column that the record is rebuilt from',
      (row) => row.set('aws.cloudtrail.unmapped', '{}'),
      /cannot be set/,
    ],
    ['sets text to a number', (row) => row.set('team', 5), /^TypeError: team: expected text, got 5$/],
    [
      'sets an int that is too large',
      (row) => row.set('n.int', 2 ** 31),
      /n\.int: expected a whole number of at most 32 bits/,
    ],
    ['sets a long that is not exact', (row) => row.set('n.long', 2 ** 60), /n\.long: expected a whole number/],
    ['sets a time without a zone', (row) => row.set('at', '2024-03-05T12:00:00'), /at: expected a time such as/],
    [
      'sets a missing member',
      (row) => row.set('pairs', [{ key: 'x' }]),
      /pairs: there is no member key; the members are k, v/,
    ],
    ['sets a list to text', (row) => row.set('tags', 'a'), /tags: expected a list, got "a"/],
    ['returns a promise', () => Promise.reject(new Error('later')), /not a promise: it cannot be asynchronous/],
    ['returns something else', () => true, /not boolean/],
  ];

  it.each(WRONG)('that %s rejects that record, and no other', (_what, wrong, message) => {
    const list = [RECORD, { ...RECORD, eventName: 'Bad' }, RECORD];
    const { file, rows } = decode((row) => {
      row.set('team', 'set before');
      return (row.get('event.action') === 'Bad' ? wrong(row) : row) as TransformRow;
    }, list);
    expect(rows.map((row) => [row['aws.cloudtrail.record_index'], row.team])).toEqual([
      [0, 'set before'],
      [2, 'set before'],
    ]);
    expect(file).toMatchObject({ records: 3, dropped: 0, rejects: [{ index: 1, reason: 'transform_error' }] });
    expect(file.rejects[0].message).toMatch(message);
  });

  it('gets null from a column that the table does not have, because one module may serve several tables', () => {
    const seen: unknown[] = [];
    const { file } = decode((row) => {
      seen.push(row.get('user.nmae'), row.get('digest.s3_bucket'), row.get('constructor'));
      return row;
    });
    expect(seen).toEqual([null, null, null]);
    expect(file.rejects).toEqual([]);
  });

  it('cannot keep the row for later', () => {
    let kept: TransformRow | undefined;
    decode((row) => {
      kept = row;
      return row;
    });
    expect(() => kept?.get('team')).toThrow('used after the transform had returned');
  });
});

describe('the module of a transform', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-transform-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function moduleOf(name: string, source: string): TransformRef {
    const path = join(directory, name);
    writeFileSync(path, source);
    return { path, sha256: createHash('sha256').update(source).digest('hex') };
  }
  const load = (name: string, source: string): Transform => loadTransform(moduleOf(name, source));
  const drops = (transform: Transform): boolean => transform({} as TransformRow) === null;

  it.each([
    [
      'a.ts',
      'type R = { get(name: string): unknown };\nexport default (row: R): null => { enum E { A } return E.A ? null : null; };',
    ],
    ['a.js', 'export default function transform() { return null; }'],
    ['a.js', 'module.exports = () => null;'],
    ['a.mjs', 'import { join } from "node:path";\nexport default () => (join("a", "b") === "a/b" ? null : undefined);'],
  ])('can be %s', (name, source) => {
    expect(drops(load(name, source))).toBe(true);
  });

  it('can import modules next to it: TypeScript, JSON, and packages', () => {
    writeFileSync(join(directory, 'teams.json'), '{"drop":["a"]}');
    writeFileSync(join(directory, 'lib.ts'), 'export const wanted: readonly string[] = ["a"];');
    mkdirSync(join(directory, 'node_modules/known'), { recursive: true });
    writeFileSync(join(directory, 'node_modules/known/index.js'), 'exports.name = "a";');
    const source = `
      import { name } from 'known';
      import teams from './teams.json';
      import { wanted } from './lib';
      export default () => (teams.drop[0] === wanted[0] && wanted[0] === name ? null : undefined);`;
    expect(drops(load('t.ts', source))).toBe(true);
  });

  it('is loaded once, however often it is asked for', () => {
    const loads = join(directory, 'loads');
    const source = `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(loads)}, 'x'); export default () => null;`;
    const ref = moduleOf('t.js', source);
    expect(loadTransform(ref)).toBe(loadTransform(ref));
    expect(readFileSync(loads, 'utf8')).toBe('x');
  });

  it.each([
    [
      'an async function',
      'export default async () => null;',
      /is an async function\. It is called for every row and must be synchronous/,
    ],
    ['a generator', 'export default function* () {}', /is a generator\./],
    ['no function', 'export default 5;', /does not export a function by default\. Write: export default function/],
    ['nothing', 'export const transform = () => null;', /does not export a function by default/],
    [
      'no program',
      'export default (row) => {',
      /t\.ts:1: export default \(row\) => \{ cannot be compiled: Unexpected end of file/,
    ],
    [
      'a missing import',
      'import "./missing";\nexport default () => null;',
      /t\.ts:1: import ".\/missing"; cannot be compiled: Could not resolve/,
    ],
    ['an error', 'throw new Error("no teams");', /cannot be loaded: no teams\. Correct it/],
  ])('that has %s is a user mistake, reported with its position', (_what, source, message) => {
    let text = '';
    try {
      load('t.ts', source);
    } catch (error) {
      expect(error).toMatchObject({ name: 'UserMistake' });
      text = describeError(error);
    }
    expect(text).toMatch(message);
  });

  it('must be the one that the run was started with', () => {
    const ref = moduleOf('t.js', 'export default () => null;');
    moduleOf('t.js', 'export default (row) => row;');
    expect(() => loadTransform(ref)).toThrow('has changed since the run was started');
    rmSync(ref.path);
    expect(() => loadTransform(ref)).toThrow(/cannot be read: ENOENT/);
  });

  it('decides about the rows of a day, and the ledger’s counts add up', async () => {
    const transform = moduleOf(
      't.ts',
      `export default (row: any) => {
         const id = String(row.get('event.id'));
         if (id.endsWith('-1')) return null;
         if (id.endsWith('-2')) throw new Error('not this one');
         row.set('team', 'red');
       };`,
    );
    const run = memoryRun({}, [{ key: 'default', name: 'aws_cloudtrail', columns: COLUMNS, transform }]);
    await run.bucket.put(trailKey('one'), trailFile([...records(4), 7]));
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 2, rejects: 2, dropped: 1 });
    expect((await rowsOf(run, 'default')).map((row) => [(row.event as Row).id, row.team])).toEqual([
      [`${DAY}T12:00:00Z-0`, 'red'],
      [`${DAY}T12:00:00Z-3`, 'red'],
    ]);
    expect(await rowsOf(run, 'ledger')).toMatchObject([{ records: 2, rejects: 2, dropped: 1 }]);
    expect((await rowsOf(run, 'rejects')).map(({ record_index, reason }) => [record_index, reason])).toEqual([
      [2, 'transform_error'],
      [4, 'not_an_object'],
    ]);
    expect(await plan(run)).toMatchObject({ files: 0 });
  });
});
