/** JSON text with everything that its grammar allows: white space, escapes, forms of numbers, duplicate keys. */
import fc from 'fast-check';
import type { CloudTrailColumn, Conversion, DirectColumn, Shape } from '../../cloudtrail/columns/column.js';
import { EACH, HIDDEN_INPUTS, type PathStep, pathSteps } from '../../cloudtrail/columns/hidden-inputs.js';
import type { FileForm } from '../../cloudtrail/decoder/decoded-file.js';

const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t', '  ');
const escapes = fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u0000', '\\u00e9');
const surrogates = fc.constantFrom('\\ud83c\\udf89', '\\ud83c', '\\udf89', '\\uD83C\\ud83c', '\\udf89\\ud83c');
const plain = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((text) => JSON.stringify(text.toWellFormed()).slice(1, -1));
const stringBody = fc.array(fc.oneof({ weight: 4, arbitrary: plain }, escapes, surrogates), { maxLength: 4 });
const stringText = stringBody.map((parts) => `"${parts.join('')}"`);
/** Numbers that JSON functions of all engines read. */
const USUAL_NUMBERS = [
  '0',
  '-0',
  '1',
  '-12.50',
  '1e5',
  '2E-3',
  '9007199254740993',
  '-9223372036854775808',
  '9223372036854775808',
  '0.1e+2',
  '0.10000000000000000000001',
  '1.7976931348623157e308',
  '5e-324',
  '1E-400',
  '123456789.123456789012345',
];
const usualNumberText = fc.constantFrom(...USUAL_NUMBERS);
/** Valid JSON, but other engines refuse some of it. */
const numberText = fc.constantFrom(
  ...USUAL_NUMBERS,
  '1e400',
  '-1e999',
  '0e999',
  `-${'7'.repeat(400)}`,
  '1e99999999999999999999',
);
/** Longer than a number column accepts. An oracle that has parsed it cannot know that, so it only occurs in other values. */
const longNumber = `0.${'12'.repeat(600)}`;
const timeText = fc
  .tuple(
    fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
    fc.constantFrom('Z', '.5Z', '.123456789Z', '+02:00', '-23:59', '', 'z', '+2'),
  )
  .map(([date, zone]) => `"${date.toISOString().slice(0, 19)}${zone}"`);
const nearlyTime = fc.constantFrom('"2023-02-29T00:00:00Z"', '"2023-07-10T24:00:00Z"', '"2023-07-10"', '""');
/** Texts that matter to derived columns. */
const SPEAKING = [
  ...[
    '10.1.2.3',
    '2001:db8::1',
    '[2001:db8::1]:443',
    '192.0.2.1:443',
    'x, 192.0.2.1',
    '::ffff:c000:201',
    'S3.example.:80',
  ],
  ...['TLSv1.2', '1.3', 'SSLv3', 'aws-cli/2.1 Linux/5', 'aws-cli/2.1 os/macos#23.6.0', 's3.amazonaws.com'],
  ...['ConsoleLogin', 'CreateUser', 'No', 'Root', 'Unknown', 'IdentityCenterUser', 'AssumedRole', '111122223333'],
  ...[
    'a@example.com',
    'AROAEXAMPLE:session',
    'AROAEXAMPLE',
    'arn:aws-cn:sts::1:assumed-role/AWSReservedSSO_Admin/a@example.com',
  ],
  ...['', ' ', '-', 'ANONYMOUS_PRINCIPAL', 'Anonymous', 'HIDDEN_DUE_TO_SECURITY_REASONS', 'cipherSuite', '\u00a0'],
];
const keysOf = (column: DirectColumn): readonly string[] => column.keys ?? column.path.split('.');

/** Keys with a meaning in JavaScript, and some that look like those of a record. */
const ODD_KEYS = ['__proto__', 'constructor', 'toString', '', 'Records', 'eventtime', 'é', 'userIdentity.type', 'a\0b'];

/** What the decoder reads, and how. */
interface Place {
  path: readonly PathStep[];
  as: Conversion;
}

/** A list with this element, or the element instead of a list. */
const FORMS_OF_LISTS: readonly ((element: string) => string)[] = [
  (element) => `[${element}]`,
  (element) => `[${element}, ${element}]`,
  (element) => `[null,${element} , [${element}], 7]`,
  (element) => element,
];

export interface ArbitraryFiles {
  /** One record, as text, often with values for its columns. */
  record: fc.Arbitrary<string>;
  /** A whole file. */
  file: fc.Arbitrary<string>;
}

/** Escapes of surrogates, paired or lone. */
const LONE_HALF = /\\u[dD][89a-fA-F][\da-fA-F]{2}/g;

/**
 * Records and files with values for the columns of this table.
 * @param options.hostile also with JSON that other engines' JSON functions refuse
 */
export function arbitraryFiles(
  table: readonly CloudTrailColumn[],
  form: FileForm = 'records',
  { hostile = true } = {},
): ArbitraryFiles {
  const tame = (text: string): string => (hostile ? text : text.replace(LONE_HALF, '\\u00e9'));
  const columns = table.filter((column): column is DirectColumn => column.kind === 'direct');
  const inShapes = [...JSON.stringify(columns).matchAll(/"key":"([^"]*)"/g)].map(([, key]) => key);
  const places: Place[] = columns.map((column) => ({ path: keysOf(column), as: column.as }));
  const peeked: Place[] = HIDDEN_INPUTS.flatMap(({ paths }) =>
    paths.map((path): Place => ({ path: pathSteps(path), as: 'text' })),
  );
  const isKey = (step: PathStep): step is string => step !== EACH;
  const known = [...places, ...peeked].flatMap(({ path }) => path.filter(isKey));
  const keys = [...new Set([...known, ...inShapes, ...ODD_KEYS])];
  const timePath = form === 'digest' ? 'digestEndTime' : 'eventTime';

  /** A key as it may be written: unchanged, or with one character escaped, sometimes half of a surrogate pair. */
  const wholeKey = fc
    .tuple(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...keys) }, fc.string({ maxLength: 6 })), fc.nat(40))
    .map(([key, at]) => {
      const text = JSON.stringify(key.toWellFormed());
      const code = text.charCodeAt(at + 1);
      // Only inside the quotes, and not in the middle of an escape.
      if (at >= text.length - 2 || text.includes('\\')) return text;
      return `${text.slice(0, at + 1)}\\u${code.toString(16).padStart(4, '0')}${text.slice(at + 2)}`;
    });

  const scalarText = fc.oneof(
    { weight: 4, arbitrary: stringText.map(tame) },
    hostile ? numberText : usualNumberText,
    timeText,
    nearlyTime,
    fc.constantFrom(...SPEAKING.map((text) => JSON.stringify(text))),
    fc.constantFrom('null', 'true', 'false', '"true"', '"false"', '{}', '[]', '{ }', '[ ]'),
  );
  const keyText = hostile
    ? fc.oneof(
        { weight: 300, arbitrary: wholeKey },
        { weight: 10, arbitrary: surrogates.map((text) => `"a${text}"`) },
        { weight: 1, arbitrary: fc.constant(`"${'k'.repeat(50_001)}"`) },
      )
    : wholeKey;
  /** Levels that every engine accepts, more than Python accepts, more than Jackson accepts. */
  const deepText = fc
    .tuple(
      hostile ? fc.constantFrom(300, 498, 502, 1100) : fc.constantFrom(3, 300),
      fc.boolean(),
      hostile ? fc.oneof(scalarText, fc.constant(longNumber)) : scalarText,
    )
    .map(([depth, lists, inner]) =>
      lists
        ? `${'['.repeat(depth)}${inner}${']'.repeat(depth)}`
        : `${'{"a":'.repeat(depth)}${inner}${'}'.repeat(depth)}`,
    );

  const { value: anyValue, object: anyObject } = fc.letrec<{ value: string; object: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 30, arbitrary: scalarText },
      deepText,
      { weight: 10, arbitrary: tie('object') },
      {
        weight: 10,
        arbitrary: fc
          .tuple(fc.array(tie('value'), { maxLength: 4 }), space)
          .map(([elements, gap]) => `[${gap}${elements.join(`${gap},`)}${gap}]`),
      },
    ),
    object: fc
      .tuple(fc.array(fc.tuple(keyText, tie('value')), { maxLength: 6 }), space)
      .map(([members, gap]) => `{${gap}${members.map((pair) => pair.join(`${gap}:${gap}`)).join(`,${gap}`)}${gap}}`),
  }));

  /** More or less of the shape that the column expects. */
  const shaped = (shape: Shape): fc.Arbitrary<string> => {
    const near = (inner: Shape): fc.Arbitrary<string> => fc.oneof({ weight: 8, arbitrary: shaped(inner) }, anyValue);
    if (typeof shape === 'string') return scalarText;
    if ('list' in shape) return fc.array(near(shape.list), { maxLength: 4 }).map((list) => `[${list.join(', ')}]`);
    const members = shape.members.map(({ key, shape: inner }) =>
      fc.option(near(inner).map((value) => `${JSON.stringify(key)} :${value}`)),
    );
    return fc.tuple(...members).map((list) => `{ ${list.filter((member) => member !== null).join(',')}}`);
  };
  const fitting = (as: Conversion): fc.Arbitrary<string> => (typeof as === 'object' ? shaped(as.shape) : anyValue);

  /** For values that reach their columns: a known path, with any value at its end. */
  const place = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...places) },
    { weight: 1, arbitrary: fc.constantFrom(...peeked) },
  );
  const memberAtPath = place.chain(({ path, as }) =>
    fc
      .tuple(
        fc.array(fc.oneof(anyValue, fitting(as)), { minLength: 1, maxLength: 2 }),
        fc.constantFrom(...FORMS_OF_LISTS),
      )
      .map(([values, listOf]) => {
        const nest = (value: string): string =>
          path.reduceRight<string>(
            (inner, step) => (step === EACH ? listOf(inner) : `{${JSON.stringify(step)}:${inner}}`),
            value,
          );
        // Two values make a duplicate key.
        return values.map((value) => nest(value).slice(1, -1)).join(',');
      }),
  );
  const members = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: memberAtPath },
      fc.tuple(keyText, anyValue).map((pair) => pair.join(':')),
    ),
    { maxLength: 10 },
  );
  const goodTime = timeText.map((time) => `"${timePath}":${time}`);
  const record = fc
    .tuple(members, goodTime, fc.nat(10))
    .map(([list, time, at]) => `{${[...list.slice(0, at), time, ...list.slice(at)].join(',')}}`);
  const anyRecord = fc.oneof({ weight: 6, arbitrary: record }, anyObject, anyValue);
  const file = fc
    .tuple(fc.array(anyRecord, { maxLength: 8 }), space)
    .map(
      ([records, gap]) => `${gap}{${gap}"Records"${gap}:${gap}[${records.join(`${gap},${gap}`)}${gap}]${gap}}${gap}`,
    );
  return { record, file: form === 'digest' ? record : file };
}
