/**
 * source.geo.* and source.as.*: what MMDB files say of source.ip. Layouts:
 * https://dev.maxmind.com/geoip/docs/databases (City and Country, ASN). What has another layout gives no values.
 */
import { isIP } from 'node:net';
import type { LongColumn } from '../../columnar/columns.js';
import type { AddressDatabase } from '../enrichment.js';
import { appendBytes, type LookedUp, lookedUp, type Question } from './derivation.js';

const PARTS = [
  'city_name',
  'continent_name',
  'country_iso_code',
  'country_name',
  'location',
  'region_iso_code',
  'region_name',
] as const;
type Part = (typeof PARTS)[number];

/** The member at the end of the path, whatever the value is. */
function at(value: unknown, ...keys: (string | number)[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}

function textAt(value: unknown, ...keys: (string | number)[]): string | undefined {
  const found = at(value, ...keys);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** Subdivisions go from the largest to the smallest; the largest is the region. */
function partsOf(found: unknown): Partial<Record<Part, string>> {
  const country = textAt(found, 'country', 'iso_code');
  const region = textAt(found, 'subdivisions', 0, 'iso_code');
  const latitude = at(found, 'location', 'latitude');
  const longitude = at(found, 'location', 'longitude');
  const isPlace = typeof latitude === 'number' && typeof longitude === 'number';
  return {
    city_name: textAt(found, 'city', 'names', 'en'),
    continent_name: textAt(found, 'continent', 'names', 'en'),
    country_iso_code: country,
    country_name: textAt(found, 'country', 'names', 'en'),
    location: isPlace ? `${latitude},${longitude}` : undefined,
    region_iso_code: country && region ? `${country}-${region}` : undefined,
    region_name: textAt(found, 'subdivisions', 0, 'names', 'en'),
  };
}

/** What the database has for a source address that is an IP address. */
function lookUp(database: AddressDatabase, address: string): unknown {
  return isIP(address) === 0 ? null : database.get(address);
}

/** In the order of `PARTS`. */
const geo: Question<(Buffer | undefined)[]> = {
  input: 'source.address',
  bind({ city }) {
    if (city === undefined) return undefined;
    return (address) => {
      const parts = partsOf(lookUp(city, address));
      return PARTS.map((part) => (parts[part] === undefined ? undefined : Buffer.from(parts[part])));
    };
  },
};

interface AutonomousSystem {
  number?: number;
  organization?: Buffer;
}

const autonomousSystem: Question<AutonomousSystem> = {
  input: 'source.address',
  bind({ asn }) {
    if (asn === undefined) return undefined;
    return (address) => {
      const found = lookUp(asn, address);
      const number = at(found, 'autonomous_system_number');
      const organization = textAt(found, 'autonomous_system_organization');
      return {
        number: typeof number === 'number' ? number : undefined,
        organization: organization === undefined ? undefined : Buffer.from(organization),
      };
    };
  },
};

export function sourceGeo(part: Part): LookedUp<(Buffer | undefined)[]> {
  const index = PARTS.indexOf(part);
  return lookedUp(geo, (parts, out, row) => appendBytes(out, parts[index], row));
}

export const sourceAsNumber = lookedUp(autonomousSystem, ({ number }, out, row) => {
  if (number !== undefined) (out as LongColumn).append(number, row);
});
export const sourceAsOrganization = lookedUp(autonomousSystem, ({ organization }, out, row) =>
  appendBytes(out, organization, row),
);
