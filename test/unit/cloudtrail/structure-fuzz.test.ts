/**
 * Files of odd structure: sizes, counts, nesting and repetition, around limits that are small here. Whatever a file is like,
 * reading it gives rows and rejects that add up, or a quarantine, and never another error; and it leaves nothing behind.
 * `TRAILMILL_FUZZ_SECONDS=600` runs it for so long.
 */
import fc from 'fast-check';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default';
import { DIGEST_TABLE_COLUMNS } from '../../../cloudtrail/columns/digest';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder';
import type { Limits } from '../../../cloudtrail/decoder/limits';
import { UnreadableFile } from '../../../errors/index';

const LIMITS: Limits = {
  recordBytes: 2048,
  digestBytes: 4096,
  textBytes: 1024,
  members: 300,
  depth: 128,
  cells: 20,
  rejects: 10,
  days: 5,
};
const SECONDS = Number(process.env.TRAILMILL_FUZZ_SECONDS ?? 0);
const OPTIONS = SECONDS > 0 ? { numRuns: 1e9, interruptAfterTimeLimit: SECONDS * 1000 } : { numRuns: 600 };

/** A count that is often at a limit, or far beyond it. */
const count = fc.oneof(
  { weight: 4, arbitrary: fc.nat(6) },
  { weight: 2, arbitrary: fc.constantFrom(9, 10, 11, 19, 20, 21, 127, 128, 129, 255, 256, 257, 299, 300, 301) },
  { weight: 1, arbitrary: fc.integer({ min: 500, max: 5000 }) },
);

const MOST = 60_000;
const repeated = (text: string, n: number): string =>
  Array<string>(Math.max(1, Math.min(n, Math.floor(MOST / (text.length + 1)))))
    .fill(text)
    .join(',');
const numbered = (n: number, unit: (i: number) => string): string => {
  const most = Math.max(1, Math.min(n, Math.floor(MOST / unit(0).length)));
  return Array.from({ length: most }, (_, i) => unit(i)).join(',');
};
const object = (members: readonly (readonly [string, string])[]): string =>
  `{${members.map(([key, v]) => `"${key}":${v}`).join(',')}}`;

const TIME = '"eventTime":"2024-03-05T12:00:00Z"';
const keys = fc.constantFrom(
  ...['eventName', 'eventTime', 'eventID', 'requestParameters', 'userIdentity', 'resources', 'userAgent', 'Records'],
  ...['detail', 'message', 'logEvents', 'messageType', 'events', 'CloudTrailEvent', 'digestEndTime', 'x', 'Host'],
);
const scalar = fc.constantFrom('1', 'null', 'true', '""', '"a"', '1e999', '"\\ud800"', '"2024-03-05T12:00:00Z"', '-0');

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    { weight: 4, arbitrary: scalar },
    {
      weight: 1,
      arbitrary: fc.tuple(count, fc.constantFrom('x', '\\u00e9', '\\n')).map(([n, c]) => `"${c.repeat(n)}"`),
    },
    { weight: 1, arbitrary: count.map((n) => '7'.repeat(n + 1)) },
    // The same element, or member, again and again.
    { weight: 2, arbitrary: fc.tuple(tie('value'), count).map(([v, n]) => `[${repeated(v, n)}]`) },
    { weight: 2, arbitrary: fc.tuple(keys, tie('value'), count).map(([k, v, n]) => `{${repeated(`"${k}":${v}`, n)}}`) },
    // Many different members.
    { weight: 1, arbitrary: fc.tuple(tie('value'), count).map(([v, n]) => `{${numbered(n, (i) => `"k${i}":${v}`)}}`) },
    // White space, which is part of no value.
    {
      weight: 1,
      arbitrary: fc
        .tuple(count, fc.constantFrom(' ', '\n'), fc.constantFrom('[]', '{}'))
        .map(([n, c, [open, close]]) => open + c.repeat(n) + close),
    },
    // Nesting.
    {
      weight: 1,
      arbitrary: fc.tuple(keys, count).map(([k, n]) => `${`{"${k}":[`.repeat(n)}1${']}'.repeat(n)}`),
    },
    { weight: 3, arbitrary: fc.array(fc.tuple(keys, tie('value')), { maxLength: 6 }).map(object) },
    // JSON text in a string.
    { weight: 1, arbitrary: tie('value').map((v) => JSON.stringify(v)) },
  ),
}));

const record = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(keys, value), { maxLength: 5 })
      .map((m) => `{${TIME},${object(m).slice(1, -1) || '"a":1'}}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: -800_000, max: 3_000_000 })
      .map((day) => `{"eventTime":${JSON.stringify(new Date(day * 86_400_000).toISOString())}}`),
  },
  { weight: 1, arbitrary: value },
);

const file = fc.oneof(
  { weight: 4, arbitrary: fc.array(record, { maxLength: 20 }).map((list) => `{"Records":[${list.join(',')}]}`) },
  { weight: 2, arbitrary: fc.tuple(record, count).map(([one, n]) => `{"Records":[${repeated(one, n)}]}`) },
  { weight: 2, arbitrary: fc.array(record, { maxLength: 20 }).map((list) => list.join('\n')) },
  {
    weight: 1,
    arbitrary: count.map((n) => {
      const at = (day: number): string => new Date(day * 86_400_000).toISOString();
      return `{"Records":[${numbered(n, (i) => `{"eventTime":"${at(i)}"}`)}]}`;
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(record, count)
      .map(([one, n]) => repeated(one, n).replaceAll(',{"eventTime"', '\n{"eventTime"')),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(record, count)
      .map(([one, n]) => `{"messageType":"x","logEvents":[${repeated(`{"message":${JSON.stringify(one)}}`, n)}]}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(record, count)
      .map(([one, n]) => `eventJson,b\n${`"${one.replaceAll('"', '""')}"${',1'.repeat(n)}\n`.repeat(3)}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(value, count).map(([v, n]) => v.repeat(Math.max(1, Math.min(n, Math.floor(MOST / v.length))))),
  },
  { weight: 1, arbitrary: value },
);

test(
  'a file of any structure gives rows and rejects, or a quarantine',
  () => {
    const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS, 'records', { limits: LIMITS });
    const digests = new FileDecoder(DIGEST_TABLE_COLUMNS, 'digest', { limits: LIMITS });
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(file, (text) => {
        for (const one of [decoder, digests]) {
          const bytes = Buffer.from(text);
          let outcome = 'read';
          try {
            const { records, rejects, dropped } = one.decode(bytes, 'file:///f');
            const rows = one.take();
            expect(rows.reduce((sum, { rows: n }) => sum + n, 0)).toBe(records - rejects.length - dropped);
            expect(rejects.length).toBeLessThanOrEqual(LIMITS.rejects);
            expect(rows.length).toBeLessThanOrEqual(LIMITS.days);
            const kept = rejects.map(({ from, to, text }) => text?.length ?? to - from);
            const most = one === digests ? LIMITS.digestBytes : LIMITS.recordBytes;
            for (const length of kept) expect(length).toBeLessThanOrEqual(most);
            // Each text is kept once: many rejects in one string do not each keep all of it.
            expect(kept.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(bytes.length);
          } catch (error) {
            if (!(error instanceof UnreadableFile)) throw error;
            outcome = error.reason === 'over_limit' ? error.message.replace(/\..*/s, '') : error.reason;
            expect(one.take()).toEqual([]);
          }
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      }),
      OPTIONS,
    );
    if (SECONDS > 0) process.stderr.write(`${JSON.stringify(Object.fromEntries(outcomes), null, 1)}\n`);
    // It would show nothing if all files ended the same.
    expect([...outcomes.keys()].sort()).toEqual(expect.arrayContaining(['invalid_json', 'not_a_digest', 'read']));
    expect([...outcomes.keys()].filter((outcome) => outcome.startsWith('The file exceeds')).length).toBeGreaterThan(3);
  },
  (SECONDS + 120) * 1000,
);

test('after files of all kinds, a good file is read as if it were the first', () => {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS, 'records', { limits: LIMITS });
  const good = Buffer.from(`{"Records":[{${TIME},"eventID":"a","requestParameters":{"Host":["a.example"]}}]}`);
  const shapeOf = ([rows]: ReturnType<typeof decoder.take>): string => {
    rows.finish();
    return JSON.stringify(rows.columns.map((column) => [column.length, column.nulls, column.bytes]));
  };
  const rowOf = (): string => {
    decoder.decode(good, 'file:///f');
    return shapeOf(decoder.take());
  };
  const first = rowOf();
  fc.assert(
    fc.property(file, (text) => {
      decoder.decode(good, 'file:///f');
      try {
        decoder.decode(Buffer.from(text), 'file:///f');
      } catch (error) {
        if (!(error instanceof UnreadableFile)) throw error;
        // Nothing of it stands beside the rows of the file before it.
        expect(shapeOf(decoder.take())).toBe(first);
      }
      decoder.take();
      expect(rowOf()).toBe(first);
    }),
    { numRuns: 150 },
  );
});
