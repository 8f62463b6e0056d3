/** Databases that derived columns look up in; the creator of a decoder passes them in. */

/** Looks up an IP address; null when the database does not have it. */
export interface AddressDatabase {
  get(address: string): unknown;
}

/** The databases of a decoder; without one, the columns that need it are null. */
export interface Enrichment {
  /** MaxMind's City or Country layout (GeoIP2, GeoLite2, DB-IP Lite). */
  city?: AddressDatabase;
  /** MaxMind's ASN layout. */
  asn?: AddressDatabase;
}

/** Types of databases, by the `database_type` in their metadata, that cannot be used for a setting. */
export const UNSUITABLE_DATABASE_TYPES: Readonly<Record<keyof Enrichment, RegExp>> = {
  city: /ASN|ISP/i,
  asn: /City|Country|Enterprise/i,
};
