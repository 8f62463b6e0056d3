/** Files are ruled out by the bounds of columns only if no form of the value fits into them. */
import fc from 'fast-check';
import { mayHold } from '../../../find/bounds';
import { ColumnsWithNeedles } from '../../../find/columns';
import { Matcher } from '../../../find/match';
import { encodeBound } from '../../../iceberg/bounds';
import type { LeafField } from '../../../iceberg/schema';
import type { DataFile } from '../../../iceberg/types';
import { type Needle, needleOf } from '../../../value-index/needles';

const LEAF: LeafField = { id: 3, path: 'user.name', type: 'string', insideList: false };

function fileWith(texts: readonly string[]): DataFile {
  const sorted = texts.map((text) => Buffer.from(text)).sort(Buffer.compare);
  const bound = (bytes: Buffer, side: 'lower' | 'upper'): Record<string, string> => {
    const encoded = encodeBound('string', bytes, side);
    return encoded === undefined ? {} : { 3: encoded.toString('base64') };
  };
  return {
    path: 'f',
    bytes: 1,
    rows: texts.length,
    day: 0,
    columnSizes: {},
    valueCounts: { 3: texts.length },
    nullCounts: { 3: 0 },
    lowerBounds: bound(sorted[0], 'lower'),
    upperBounds: bound(sorted[sorted.length - 1], 'upper'),
  };
}

const needle = (text: string): Needle => needleOf(text) as Needle;

it('never rules out a file that has the value', () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/).filter((text) => !('problem' in needleOf(text)));
  const text = fc.oneof(
    name,
    name.map((one) => `arn:aws:iam::111122223333:user/${one}`),
    name.map((one) => `{"a":"${one}"}`),
    name.map((one) => `AROAAAAAAAAAAAAAAAAA:${one}`),
    fc.uuid().map((id) => id.toUpperCase()),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), fc.oneof(name, text), (texts, wanted) => {
      for (const given of [wanted, ...texts]) {
        const parts = given.startsWith('{') ? JSON.parse(given).a : given.split(/[/:]/).at(-1);
        for (const value of [given, parts]) {
          if ('problem' in needleOf(value)) continue;
          const has = new Matcher([needle(value)]).matches(texts).size > 0;
          if (has) expect(mayHold(fileWith(texts), [LEAF], [needle(value)])).toBe(true);
        }
      }
    }),
  );
});

it('knows which columns may have the value, and in which of them as JSON', () => {
  const columns = new Map([
    ['user.name', [LEAF]],
    ['user.id', [{ ...LEAF, id: 4 }]],
    ['related.user', [{ ...LEAF, id: 5, path: 'related.user.element', insideList: true }]],
  ]);
  const columnsOf = (files: readonly DataFile[], text: string): string[] => {
    const found = new ColumnsWithNeedles(columns, [needle(text)]);
    for (const file of files) found.add(file);
    return found.all.map(({ name, mayHaveJson: json }) => (json ? `${name} (JSON)` : name));
  };
  const file = (id: number, texts: readonly string[]): DataFile => {
    const { lowerBounds, upperBounds, ...rest } = fileWith(texts);
    const of = (bounds: Record<string, string>) => ({ [id]: bounds[3] });
    const counts = { 3: 1, 4: 1, 5: 1 };
    return {
      ...rest,
      valueCounts: counts,
      nullCounts: { ...counts, [id]: 0 },
      ...{ lowerBounds: of(lowerBounds) },
      upperBounds: of(upperBounds),
    };
  };
  expect(columnsOf([file(3, ['mary', 'peter'])], 'paul')).toEqual(['user.name']);
  expect(columnsOf([file(3, ['mary', 'peter'])], 'zoe')).toEqual([]);
  // Between these, a text in braces or brackets may be.
  expect(columnsOf([file(3, ['Mary', 'peter'])], 'paul')).toEqual(['user.name (JSON)']);
  expect(columnsOf([file(4, ['{"a":"paul"}']), file(3, ['mary', 'peter'])], 'paul')).toEqual([
    'user.name',
    'user.id (JSON)',
  ]);
  expect(columnsOf([file(3, ['mary', 'peter']), file(3, ['{}'])], 'paul')).toEqual(['user.name (JSON)']);
  // Lists have no bounds.
  expect(columnsOf([file(5, ['mary'])], 'paul')).toEqual(['related.user (JSON)']);
});

it('rules out a file whose texts are all before or after the value, and one without texts', () => {
  const file = fileWith(['mary', 'peter']);
  expect(mayHold(file, [LEAF], [needle('paul')])).toBe(true);
  expect(mayHold(file, [LEAF], [needle('zoe')])).toBe(false);
  expect(mayHold(file, [LEAF], [needle('zoe'), needle('nick')])).toBe(true);
  expect(mayHold({ ...file, nullCounts: { 3: 2 } }, [LEAF], [needle('paul')])).toBe(false);
  expect(mayHold(fileWith(['arn:aws:iam::1:user/zoe']), [LEAF], [needle('zoe')])).toBe(true);
  expect(mayHold({ ...file, lowerBounds: {} }, [LEAF], [needle('zoe')])).toBe(true);
});
