/** Databases for lookups of derived columns; passed in by the creator of a decoder. */

/** A database of IP addresses; `get` returns null for an address that it does not contain. */
export interface AddressDatabase {
  get(address: string): unknown;
}

/** The databases of a decoder; if one is missing, the columns that need it are null. */
export interface Enrichment {
  /** MaxMind's City or Country layout (GeoIP2, GeoLite2, DB-IP Lite). */
  city?: AddressDatabase;
  /** MaxMind's ASN layout. */
  asn?: AddressDatabase;
}

/** For each setting, the `database_type` values (from the MMDB metadata) that cannot be used. */
export const UNSUITABLE_DATABASE_TYPES: Readonly<Record<keyof Enrichment, RegExp>> = {
  city: /ASN|ISP/i,
  asn: /City|Country|Enterprise/i,
};
