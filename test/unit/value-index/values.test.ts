/** The values of texts, and the hashes in the index for the rows of a file: of every value, whatever the other rows contain. */
import * as fc from 'fast-check';
import { MANAGED_COLUMNS } from '../../../cloudtrail/table-columns';
import { RowSet } from '../../../columnar/row-set';
import { schemaOf } from '../../../iceberg/schema';
import type { ColumnSpec, ColumnType } from '../../../iceberg/types';
import { writeParquet } from '../../../ingest/write-parquet';
import { loadParquetWriter } from '../../../parquet/writer';
import { splitWords } from '../../../text/words';
import { type Network, networkFrom, prefixesOf, prefixText } from '../../../value-index/addresses';
import { FileValues } from '../../../value-index/file-values';
import { hashOfText } from '../../../value-index/hash';
import { ValueReader } from '../../../value-index/values';
import { put, type Row, type Value } from '../../support/any-rows';

/** @param all also those that the index does not need, because it has all of their parts */
function valuesOf(text: string, all = true): string[] {
  const reader = new Values(all);
  reader.readText(text);
  return reader.values;
}

class Values extends ValueReader {
  readonly values: string[] = [];

  constructor(private readonly all: boolean) {
    super();
  }

  protected override onValue(from: number, to: number, hasParts: boolean): void {
    if (this.all || !hasParts) this.values.push(Buffer.from(this.bytes.subarray(from, to)).toString());
  }
}

async function hashesOf(specs: readonly ColumnSpec[], rows: readonly Row[]): Promise<Set<number>> {
  const set = new RowSet(specs, 0);
  for (const row of rows) {
    specs.forEach(({ name }, index) => {
      put(set.columns[index], row[name], set.rows);
    });
    set.rows++;
  }
  const of = { values: new FileValues(set.rows) };
  return new Set((await writeParquet(await loadParquetWriter(), 'default', schemaOf(specs), set, of)).values);
}

const TEXT: ColumnSpec[] = [{ name: 'mine', type: 'string', doc: '' }];
const hashesOfTexts = (texts: readonly string[]): Promise<Set<number>> =>
  hashesOf(
    TEXT,
    texts.map((mine) => ({ mine })),
  );

test.each([
  ['alice', ['alice']],
  ['', []],
  ['a', ['a']],
  ['{"a":"x","b":{"c":["y",1,true,null]}}', ['x', 'y']],
  ['{"a":"{\\"b\\":\\"x\\"}"}', ['x']],
  ['{"x-amz-id-2":"no","a":"yes"}', ['yes']],
  ['arn:aws:s3:::logs/2024/a.gz', ['arn:aws:s3:::logs/2024/a.gz', 'logs', '2024/a.gz']],
  ['arn:aws:iam::111122223333:user/a', ['arn:aws:iam::111122223333:user/a', '111122223333', 'user', 'a']],
  ['arn:aws:x::1:a:b/c', ['arn:aws:x::1:a:b/c', '1', 'a', 'b', 'c', 'b/c']],
  ['AROAAAAAAAAAAAAAAAAA:alice', ['AROAAAAAAAAAAAAAAAAA:alice', 'AROAAAAAAAAAAAAAAAAA', 'alice']],
  ['AROAAAAAAAAAAAAAAAAA:', ['AROAAAAAAAAAAAAAAAAA:']],
  ['Apr 5, 2024 12:10:00 PM', []],
  ['2024-03-05T12:10:00Z', []],
  ['FBCDEF01-2345-6789-ABCD-EF0123456789', ['fbcdef01-2345-6789-abcd-ef0123456789']],
  // Begins like the ids of principals.
  ['ABCDEF01-2345-6789-ABCD-EF0123456789', ['abcdef01-2345-6789-abcd-ef0123456789']],
  ['A:B:0:0:0:0:0:1', ['a:b::1']],
  ['2001:DB8:0:0::1', ['2001:db8::1']],
  [
    'AROAAAAAAAAAAAAAAAAA:ABCDEF01-2345-6789-ABCD-EF0123456789',
    [
      'AROAAAAAAAAAAAAAAAAA:ABCDEF01-2345-6789-ABCD-EF0123456789',
      'AROAAAAAAAAAAAAAAAAA',
      'abcdef01-2345-6789-abcd-ef0123456789',
    ],
  ],
  [
    'arn:aws:x:::FBCDEF01-2345-6789-ABCD-EF0123456789',
    ['arn:aws:x:::FBCDEF01-2345-6789-ABCD-EF0123456789', 'fbcdef01-2345-6789-abcd-ef0123456789'],
  ],
  ['x'.repeat(1_025), []],
])('%s', (text, values) => {
  expect(valuesOf(text)).toEqual(values);
});

it('has the values of all rows, including those in lists and structs, and none of columns that are not searched', async () => {
  const item = [{ name: 'arn', type: 'string' as const }];
  const hashes = await hashesOf(
    [
      { name: 'a.b', type: 'string', doc: '' },
      { name: 'list', type: { list: { struct: item } }, doc: '' },
      { name: 'event.action', type: 'string', doc: '' },
      { name: 'event.action_of_mine', type: 'string', doc: '' },
    ],
    [
      {
        'a.b': 'one',
        list: [{ arn: 'two' }, { arn: 'three' }],
        'event.action': 'four',
        'event.action_of_mine': 'five',
      },
      { 'a.b': null, list: null, 'event.action': null, 'event.action_of_mine': null },
    ],
  );
  const has = (text: string): boolean => hashes.has(hashOfText(text));
  expect(['one', 'two', 'three', 'four', 'five'].map(has)).toEqual([true, true, true, false, true]);
});

it('has the prefixes of the networks of addresses', async () => {
  const hashes = await hashesOfTexts(['10.1.2.3', '{"ip":"2001:DB8:1:2::5"}']);
  for (const prefix of [
    'net:10.1.2.0/24',
    'net:10.1.0.0/16',
    'net:2001:db8:1:2::/64',
    'net:2001:db8:1::/48',
    'net:2001:db8::/32',
  ])
    expect({ prefix, has: hashes.has(hashOfText(prefix)) }).toEqual({ prefix, has: true });
  expect(hashes.size).toBe(7);
});

test.each([
  ['10.1.2.128/25', ['net:10.1.2.0/24']],
  ['10.1.2.0/24', ['net:10.1.2.0/24']],
  ['10.1.2.0/23', ['net:10.1.0.0/16']],
  ['10.1.0.0/16', ['net:10.1.0.0/16']],
  ['10.2.0.0/15', ['net:10.2.0.0/16', 'net:10.3.0.0/16']],
  ['2001:db8:1:2::/64', ['net:2001:db8:1:2::/64']],
  ['2001:db8:1:2::/63', ['net:2001:db8:1::/48']],
  ['2001:db8::/33', ['net:2001:db8::/32']],
  ['0.0.0.0/0', undefined],
])('looks up %s by the longest indexed prefixes that cover all of its addresses', (network, prefixes) => {
  expect(prefixesOf(networkFrom(network) as Network)).toEqual(prefixes);
});

it('has the values of each text, however often texts are repeated', async () => {
  const some = [
    'alice',
    'arn:aws:iam::111122223333:user/a',
    '{"a":"x","b":"{\\"c\\":\\"y\\"}"}',
    '2001:DB8::1',
    '10.1.2.3',
  ];
  const other = fc
    .nat()
    .map((number) => `{"bucket":"b${number % 7}","key":"año/${number}","arn":"arn:aws:s3:::b/${number}"}`);
  const uuid = fc.uuid().chain((text) => fc.constantFrom(text, text.toUpperCase()));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constantFrom(...some), other, uuid), { maxLength: 60 }),
      fc.constantFrom(1, 2, 30, 90),
      async (texts, times) => {
        const values = new Set(texts.flatMap((text) => valuesOf(text, false)).map((value) => hashOfText(value)));
        const hashes = await hashesOfTexts(Array.from({ length: times }, () => texts).flat());
        expect([...values].filter((value) => !hashes.has(value))).toEqual([]);
      },
    ),
  );
});

/** Found by trial: someone who causes log entries can do the same. */
const SAME_HASH = ['{"a":"v18203362"}', '{"a":"v29916466"}'];
const LIKE_ADDRESS = ['key-23178245', '10.161.122.80'];

it('has all values of two texts whose hashes are equal', async () => {
  const [one, two] = SAME_HASH;
  expect(hashOfText(one, 0x7e87)).toBe(hashOfText(two, 0x7e87));
  const hashes = await hashesOfTexts([one, two]);
  for (const text of [one, two]) expect(hashes.has(hashOfText(JSON.parse(text).a))).toBe(true);
});

it('has the networks of an address with the same hash as another value', async () => {
  const [value, address] = LIKE_ADDRESS;
  expect(hashOfText(value)).toBe(hashOfText(address));
  const hashes = await hashesOfTexts([value, address]);
  expect(hashes.has(hashOfText(prefixText(address, 4, 24)))).toBe(true);
});

/** The columns of texts that are not searched: constants, classes, sentences and copies. */
const NOT_SEARCHED = `
  aws.cloudtrail.aggregated.window_size aws.cloudtrail.api_version aws.cloudtrail.empty_members aws.cloudtrail.error_code
  aws.cloudtrail.error_message aws.cloudtrail.event_category aws.cloudtrail.event_type aws.cloudtrail.event_version
  aws.cloudtrail.insight_details_raw aws.cloudtrail.tls_details.cipher_suite aws.cloudtrail.tls_details.key_exchange
  aws.cloudtrail.tls_details.tls_version aws.cloudtrail.user_identity.session_context.mfa_authenticated
  aws.cloudtrail.user_identity.session_context.session_issuer.type aws.cloudtrail.user_identity.type cloud.provider
  cloud.region cloud.service.name ecs.version error.message event.action event.category event.dataset event.kind
  event.module event.original event.outcome event.provider event.type log.file.path source.as.organization.name
  source.geo.city_name source.geo.continent_name source.geo.country_iso_code source.geo.country_name
  source.geo.region_iso_code source.geo.region_name tls.cipher tls.version tls.version_protocol user_agent.device.name
  user_agent.name user_agent.original user_agent.os.full user_agent.os.name user_agent.os.version user_agent.version
`;

it('has the text of every column of events except those about what happened', async () => {
  const missing = new Set<string>();
  for (const columns of [MANAGED_COLUMNS.default, MANAGED_COLUMNS.insights]) {
    const leaves: [path: string, text: string][] = [];
    const textOf = (type: ColumnType, path: string): Value => {
      if (type === 'string') {
        leaves.push([path, `text-${leaves.length}`]);
        return `text-${leaves.length - 1}`;
      }
      if (typeof type === 'string') return null;
      if ('list' in type) return [textOf(type.list, path)];
      return Object.fromEntries(
        type.struct.map((member) => [member.name, textOf(member.type, `${path}.${member.name}`)]),
      );
    };
    const row = Object.fromEntries(columns.map(({ name, type }) => [name, textOf(type, name)]));
    const optional = columns.map((column) => ({ ...column, required: false }));
    const hashes = await hashesOf(optional, [row]);
    for (const [path, text] of leaves) if (!hashes.has(hashOfText(text))) missing.add(path);
  }
  expect([...missing].sort()).toEqual(splitWords(NOT_SEARCHED));
});
