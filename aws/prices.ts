/**
 * List prices of Amazon S3 for estimates: S3 Standard in us-east-1 (N. Virginia), US dollars. Other regions, storage classes
 * and contracts differ. Look there before you rely on them, and change `asOf` with them: https://aws.amazon.com/s3/pricing/
 */
export const S3_PRICES = {
  source: 'https://aws.amazon.com/s3/pricing/',
  asOf: '2026-11-25',
  region: 'us-east-1',
  /** A request. GET and "all other requests": $0.0004 a thousand; PUT, COPY, POST and LIST: $0.005 a thousand. */
  get: 0.0004 / 1000,
  list: 0.005 / 1000,
  put: 0.005 / 1000,
  /** A gigabyte that leaves the region of the bucket. Within the region there is no charge. */
  transfer: { otherRegion: 0.02, internet: 0.09 },
} as const;
