/** source.geo.* and source.as.*, from MMDB files that are made here. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { UserMistake } from '../../../errors/index.js';
import { lookupCachesFor, openDatabase } from '../../../ingest/geoip.js';
import { type Row, rowsOf } from '../../support/columns.js';
import { type MmdbOptions, type MmdbValue, mmdb } from '../../support/mmdb.js';
import { ingestWholeDay, memoryRun, records, trailFile, trailKey, rowsOf as writtenRows } from '../../support/runs';

const FRANKFURT: MmdbValue = {
  city: { geoname_id: { uint: 2_925_533 }, names: { de: 'Frankfurt am Main', en: 'Frankfurt am Main' } },
  continent: { code: 'EU', names: { en: 'Europe' } },
  country: { iso_code: 'DE', names: { de: 'Deutschland', en: 'Germany' }, is_in_european_union: true },
  location: { accuracy_radius: { uint: 20 }, latitude: 50.1188, longitude: 8.6843, time_zone: 'Europe/Berlin' },
  subdivisions: [
    { iso_code: 'HE', names: { en: 'Hesse' } },
    { iso_code: 'XX', names: { en: 'A part of it' } },
  ],
};
const COUNTRY_ONLY: MmdbValue = { country: { iso_code: 'IS', names: { en: 'Iceland' } } };
const CITIES = { '192.0.2.0/24': FRANKFURT, '2001:db8::/32': COUNTRY_ONLY, '198.51.100.7/32': { other: 'layout' } };
const SYSTEMS = {
  '192.0.0.0/16': { autonomous_system_number: { uint: 64_496 }, autonomous_system_organization: 'Example Networks' },
  '2001:db8::/32': { autonomous_system_number: { uint: 4_200_000_000 } },
};
const GEO = {
  city_name: 'Frankfurt am Main',
  continent_name: 'Europe',
  country_iso_code: 'DE',
  country_name: 'Germany',
  location: { lat: 50.1188, lon: 8.6843 },
  region_iso_code: 'DE-HE',
  region_name: 'Hesse',
};
const NOWHERE = Object.fromEntries(Object.keys(GEO).map((name) => [name, null]));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'geoip-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function database(name: string, networks: Record<string, MmdbValue>, options: MmdbOptions): string {
  const path = join(directory, name);
  writeFileSync(path, mmdb(networks, options));
  return path;
}
const city = () => database('city.mmdb', CITIES, { databaseType: 'GeoLite2-City' });
const asn = () => database('asn.mmdb', SYSTEMS, { databaseType: 'GeoLite2-ASN' });

/** The rows of events from these addresses. */
function rowsFrom(geoip: { city?: string; asn?: string } | undefined, ...addresses: (string | null)[]): Row[] {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS, 'records', { lookups: lookupCachesFor({ geoip }) });
  const list = addresses.map((sourceIPAddress) => ({ eventTime: '2023-07-10T12:00:00Z', sourceIPAddress }));
  decoder.decode(Buffer.from(JSON.stringify({ Records: list })), 'f');
  return decoder.take().flatMap(rowsOf);
}
const geoOf = (row: Row) => Object.fromEntries(Object.keys(GEO).map((name) => [name, row[`source.geo.${name}`]]));
const systemOf = (row: Row) => [row['source.as.number'], row['source.as.organization.name']];

test('an address has the place and the network from the databases', () => {
  const rows = rowsFrom({ city: city(), asn: asn() }, '192.0.2.77', '2001:db8::9', '203.0.113.1', '192.0.2.77');
  expect(geoOf(rows[0])).toEqual(GEO);
  expect(geoOf(rows[1])).toEqual({ ...NOWHERE, country_iso_code: 'IS', country_name: 'Iceland' });
  expect(geoOf(rows[2])).toEqual(NOWHERE);
  expect(geoOf(rows[3])).toEqual(GEO);
  expect(rows.map(systemOf)).toEqual([
    [64_496, 'Example Networks'],
    [4_200_000_000, null],
    [null, null],
    [64_496, 'Example Networks'],
  ]);
});

test('a service name, an empty or missing address, and values of another layout have no place', () => {
  const rows = rowsFrom({ city: city(), asn: asn() }, 'ec2.amazonaws.com', 'AWS Internal', '', null, '198.51.100.7');
  expect(rows.map(geoOf)).toEqual(rows.map(() => NOWHERE));
  expect(rows.map(systemOf)).toEqual(rows.map(() => [null, null]));
});

test('one database alone fills its columns; without any, the columns exist and are empty', () => {
  const [onlyCity] = rowsFrom({ city: city() }, '192.0.2.77');
  expect([geoOf(onlyCity), systemOf(onlyCity)]).toEqual([GEO, [null, null]]);
  const [onlyAsn] = rowsFrom({ asn: asn() }, '192.0.2.77');
  expect([geoOf(onlyAsn), systemOf(onlyAsn)]).toEqual([NOWHERE, [64_496, 'Example Networks']]);
  const [neither] = rowsFrom(undefined, '192.0.2.77');
  expect([geoOf(neither), systemOf(neither)]).toEqual([NOWHERE, [null, null]]);
  expect(Object.keys(neither)).toContain('source.geo.city_name');
});

test.each([24, 28, 32] as const)('all forms of the file are read: records of %d bits, and IPv4 only', (recordSize) => {
  for (const ipVersion of [4, 6] as const) {
    const path = database('x.mmdb', { '192.0.2.0/24': FRANKFURT }, { databaseType: 'x', recordSize, ipVersion });
    const found = openDatabase('city', path);
    expect(found.get('192.0.2.255')).toMatchObject({ country: { iso_code: 'DE' } });
    for (const other of ['192.0.3.0', '2001:db8::1', 'c000:201::1', '::ffff:10.0.0.1'])
      expect(found.get(other)).toBeNull();
  }
});

test('a file that was replaced is read again', () => {
  const path = city();
  expect(rowsFrom({ city: path }, '192.0.2.1')[0]['source.geo.country_iso_code']).toBe('DE');
  database('city.mmdb', { '192.0.2.0/24': COUNTRY_ONLY }, { databaseType: 'GeoLite2-City' });
  utimesSync(path, new Date(0), new Date(0));
  expect(rowsFrom({ city: path }, '192.0.2.1')[0]['source.geo.country_iso_code']).toBe('IS');
});

test('a file that is missing, not a database, or under the wrong key is a user mistake with a cure', () => {
  const text = join(directory, 'text.mmdb');
  writeFileSync(text, 'no database at all');
  const mistakes = [
    { city: join(directory, 'missing.mmdb') },
    { city: text },
    { asn: text },
    { city: asn() },
    { asn: city() },
  ].map((geoip) => {
    try {
      lookupCachesFor({ geoip });
    } catch (error) {
      expect(error).toBeInstanceOf(UserMistake);
      return `${(error as UserMistake).message} ${(error as UserMistake).cure}`.replaceAll(directory, '');
    }
    return 'none';
  });
  expect(mistakes).toEqual([
    'enrich.geoip.city: /missing.mmdb cannot be read (ENOENT). Every worker needs the file at this path.',
    'enrich.geoip.city: /text.mmdb is not a MaxMind database (MMDB). Download it again.',
    'enrich.geoip.asn: /text.mmdb is not a MaxMind database (MMDB). Download it again.',
    'enrich.geoip.city: /asn.mmdb is a GeoLite2-ASN database. Set it under the other key of enrich.geoip.',
    'enrich.geoip.asn: /city.mmdb is a GeoLite2-City database. Set it under the other key of enrich.geoip.',
  ]);
});

test('a damaged database is also a user mistake, and no row is written with it', () => {
  const path = join(directory, 'damaged.mmdb');
  const bytes = mmdb(CITIES, { databaseType: 'GeoLite2-City' });
  const metadata = bytes.lastIndexOf('MaxMind.com') - 3;
  bytes.fill(0xff, metadata - 200, metadata);
  writeFileSync(path, bytes);
  expect(() => rowsFrom({ city: path }, '192.0.2.77', '2001:db8::9', '198.51.100.7')).toThrow(UserMistake);
});

test('a run that names the databases writes the columns', async () => {
  const run = memoryRun();
  run.config.enrich = { geoip: { city: city(), asn: asn() } };
  await run.bucket.put(trailKey('one'), trailFile(records(2, undefined, { sourceIPAddress: '192.0.2.5' })));
  await ingestWholeDay(run);
  const rows = await writtenRows(run, 'default');
  expect(rows.map((row) => row.source)).toEqual(
    rows.map(() =>
      expect.objectContaining({
        ip: '192.0.2.5',
        geo: GEO,
        as: { number: 64_496, organization: { name: 'Example Networks' } },
      }),
    ),
  );
});
