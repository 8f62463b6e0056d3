/**
 * source.geo.* and source.as.*: the entry for source.ip in the MMDB files. Layouts:
 * https://dev.maxmind.com/geoip/docs/databases (City and Country, ASN). Files with another layout yield no values.
 */
import type { DoubleColumn, LongColumn } from '../../columnar/columns.js';
import type { StructColumn } from '../../columnar/nested.js';
import { Text } from '../../columnar/words.js';
import type { AddressDatabase } from '../enrichment.js';
import { ipAddressOf } from './address.js';
import { appendText, fromLookup, type Lookup, type LookupColumn } from './derivation.js';

const PARTS = [
  'city_name',
  'continent_name',
  'country_iso_code',
  'country_name',
  'region_iso_code',
  'region_name',
] as const;
type Part = (typeof PARTS)[number];

/** The value at the path; `undefined` if there is none. */
function at(value: unknown, ...keys: (string | number)[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}

function stringAt(value: unknown, ...keys: (string | number)[]): string | undefined {
  const found = at(value, ...keys);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function textOf(text: string | undefined): Text | undefined {
  return text === undefined ? undefined : new Text(text);
}

/** Subdivisions are ordered from largest to smallest; the largest one is the region. */
function namesOf(found: unknown): Partial<Record<Part, string>> {
  const country = stringAt(found, 'country', 'iso_code');
  const region = stringAt(found, 'subdivisions', 0, 'iso_code');
  return {
    city_name: stringAt(found, 'city', 'names', 'en'),
    continent_name: stringAt(found, 'continent', 'names', 'en'),
    country_iso_code: country,
    country_name: stringAt(found, 'country', 'names', 'en'),
    region_iso_code: country && region ? `${country}-${region}` : undefined,
    region_name: stringAt(found, 'subdivisions', 0, 'names', 'en'),
  };
}

/** The database entry for the IP address in a source address. */
function lookUp(database: AddressDatabase, sourceAddress: string): unknown {
  const address = ipAddressOf(sourceAddress);
  return address === undefined ? null : database.get(address);
}

interface GeoLocation {
  /** In the order of `PARTS`. */
  names: (Text | undefined)[];
  /** In degrees; absent if one of them is unknown. */
  point?: { lat: number; lon: number };
}

function pointOf(found: unknown): GeoLocation['point'] {
  const lat = at(found, 'location', 'latitude');
  const lon = at(found, 'location', 'longitude');
  return typeof lat === 'number' && typeof lon === 'number' ? { lat, lon } : undefined;
}

const place: Lookup<GeoLocation> = {
  input: 'source.address',
  bind({ city }) {
    if (city === undefined) return undefined;
    return (address) => {
      const found = lookUp(city, address);
      const names = namesOf(found);
      return { names: PARTS.map((part) => textOf(names[part])), point: pointOf(found) };
    };
  },
};

interface AutonomousSystem {
  number?: number;
  organization?: Text;
}

const autonomousSystem: Lookup<AutonomousSystem> = {
  input: 'source.address',
  bind({ asn }) {
    if (asn === undefined) return undefined;
    return (address) => {
      const found = lookUp(asn, address);
      const number = at(found, 'autonomous_system_number');
      const organization = stringAt(found, 'autonomous_system_organization');
      return {
        number: typeof number === 'number' ? number : undefined,
        organization: textOf(organization),
      };
    };
  },
};

/** The derivation of `source.geo.<part>`. */
export function sourceGeo(part: Part): LookupColumn<GeoLocation> {
  const index = PARTS.indexOf(part);
  return fromLookup(place, ({ names }, out, row) => appendText(out, names[index], row));
}

/** source.geo.location; its members are in the order of `GEO_POINT` (ecs-fields.ts). */
export const sourceGeoLocation = fromLookup(place, ({ point }, out, row) => {
  if (point === undefined) return;
  const struct = out as StructColumn;
  const [lat, lon] = struct.children as DoubleColumn[];
  struct.open(row);
  lat.append(point.lat, row);
  lon.append(point.lon, row);
});

/** source.as.number. */
export const sourceAsNumber = fromLookup(autonomousSystem, ({ number }, out, row) => {
  if (number !== undefined) (out as LongColumn).append(number, row);
});

/** source.as.organization.name. */
export const sourceAsOrganization = fromLookup(autonomousSystem, ({ organization }, out, row) =>
  appendText(out, organization, row),
);
