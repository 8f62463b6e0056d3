/** What a decoder knows beside the records; whoever makes the decoder hands it over. */

/** Looks up an IP address; null when the database does not have it. */
export interface AddressDatabase {
  get(address: string): unknown;
}

export interface Enrichment {
  /** MaxMind's City or Country layout (GeoIP2, GeoLite2, DB-IP Lite). */
  city?: AddressDatabase;
  /** MaxMind's ASN layout. */
  asn?: AddressDatabase;
}

/** Types of databases (`database_type` in their metadata) that are of no use in a slot. */
export const UNSUITABLE_DATABASE_TYPES: Readonly<Record<keyof Enrichment, RegExp>> = {
  city: /ASN|ISP/i,
  asn: /City|Country|Enterprise/i,
};
