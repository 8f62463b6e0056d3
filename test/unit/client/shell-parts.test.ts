/** Parts of the shell: completion, messages that fit, and the words of a command. */
import fc from 'fast-check';
import { complete, type Names } from '../../../client/query/shell/completion';
import { fitted } from '../../../client/query/shell/fit';
import { wordsIn } from '../../../client/query/shell/words';
import { widthOf } from '../../../client/terminal/width';
import { pieces, wrapped } from '../../../client/terminal/wrap';
import { columnNode } from '../../../query/column-tree';

const names: Names = {
  tables: [
    {
      name: 'aws_cloudtrail',
      columns: [
        columnNode('ts', 'TIMESTAMP WITH TIME ZONE'),
        columnNode('event', 'STRUCT(id VARCHAR, "action" VARCHAR)'),
        columnNode('cloud', 'STRUCT(region VARCHAR, account STRUCT(id VARCHAR))'),
        columnNode('group', 'STRUCT(name VARCHAR)'),
      ],
    },
    { name: 'events', columns: [columnNode('event_time', 'TIMESTAMP'), columnNode('event_name', 'VARCHAR')] },
    { name: 'files', columns: [columnNode('status', 'VARCHAR'), columnNode('events', 'BIGINT')] },
  ],
  commands: new Map([
    ['.mode', ['table', 'line']],
    ['.run', ['failed-logins', '--from']],
  ]),
};
const hits = (line: string, before = ''): string[] => complete(before, line, names)[0];

describe('Tab completes', () => {
  it.each([
    ['FROM ', ['aws_cloudtrail', 'events', 'files']],
    ['SELECT * FROM ev', ['events']],
    ['SELECT 1 FROM events JOIN fi', ['files']],
    ['DESCRIBE aws', ['aws_cloudtrail']],
    ['SELECT event_n', ['event_name']],
    ['FROM files WHERE sta', ['status']],
    ['SELECT count(*), cloud.reg', ['region']],
    ['SELECT cloud.', ['region', 'account']],
    ['SELECT cloud.account.', ['id']],
    ['SELECT CLOUD.Acc', ['account']],
    ['SELECT aws_cloudtrail.cloud.account.i', ['id']],
    ['SELECT 1 FROM aws_cloudtrail AS t WHERE t.clo', ['cloud']],
    ['SELECT 1 FROM aws_cloudtrail t WHERE t.cloud.re', ['region']],
    ['FROM events WHERE events.event_t', ['event_time']],
    ['SELECT gro', ['"group"', 'group']],
    ['SELECT "group".n', ['name']],
    ['SELECT "gro', ['"group"']],
    ['QUALI', ['QUALIFY']],
    ['quali', ['qualify']],
    ['SELECT ', []],
    ["SELECT 'ev", []],
    ['SELECT 1 -- ev', []],
    ['.mo', ['.mode']],
    ['.mode l', ['line']],
    ['.run failed', ['failed-logins']],
    ['.run failed-logins --f', ['--from']],
  ])('%j', (line, expected) => {
    expect(hits(line)).toEqual(expected);
  });

  it('knows the tables of the lines before', () => {
    expect(hits('  sta', 'FROM files WHERE\n')).toEqual(['status']);
    expect(hits('b.', "SELECT 'a\n")).toEqual([]);
  });

  it('never anything but the end of the line', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ev_."\' $-*/;.\nFROM ('.split('')) }), (line) => {
        const [found, replaced] = complete('', line, names);
        expect(line.endsWith(replaced)).toBe(true);
        for (const hit of found) expect(hit.replace(/^"/, '').toLowerCase()).toMatch(startOf(replaced));
      }),
    );
  });
});

const startOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .replace(/^"/, '')
      .toLowerCase()
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`,
  );

describe('a message', () => {
  const at = (sql: string, caret: number): string => `Binder Error: no\n\nLINE 1: ${sql}\n${' '.repeat(8 + caret)}^`;

  it('keeps its caret below the same character, cut or not', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (before, after) => {
        const [, , place, caret] = fitted(at(`${'a'.repeat(before)}X${'b'.repeat(after)}`, before), 80).split('\n');
        expect(place[caret.indexOf('^')]).toBe('X');
        expect(place.length).toBeLessThanOrEqual(80);
      }),
    );
  });

  it('breaks other lines at spaces', () => {
    const lines = fitted(`Candidates: ${'"a.b" '.repeat(40)}`, 80).split('\n');
    expect(lines.every((line) => line.length <= 80 && !/^[^"C]|"a$/.test(line))).toBe(true);
  });
});

describe('text in lines', () => {
  it('fits, and nothing of it is lost', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '漢', 'é', '😀') }),
        fc.integer({ min: 2, max: 20 }),
        (text, width) => {
          for (const line of [...wrapped(text, width), ...pieces(text, width)])
            expect(widthOf(line)).toBeLessThanOrEqual(width);
          expect(pieces(text, width).join('')).toBe(text);
          expect(wrapped(text, width).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        },
      ),
    );
  });
});

describe('the words of a command', () => {
  it('can have spaces in quotes', () => {
    expect(wordsIn(`a --b 'two words' --c="x y" "" it"'"s`)).toEqual(['a', '--b', 'two words', '--c=x y', '', "it's"]);
    expect(() => wordsIn(`a 'b c`)).toThrow('A quotation mark is not closed.');
  });
});
