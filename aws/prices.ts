/**
 * Amazon S3 list prices for estimates: S3 Standard in us-east-1 (N. Virginia), in US dollars. Other regions, storage classes and
 * contracts differ. Check https://aws.amazon.com/s3/pricing/ before relying on them; when you change a price, update `asOf`.
 */
export const S3_PRICES = {
  source: 'https://aws.amazon.com/s3/pricing/',
  asOf: '2026-11-25',
  region: 'us-east-1',
  /** Per request. GET and "all other requests": $0.0004 per 1,000; PUT, COPY, POST and LIST: $0.005 per 1,000. */
  get: 0.0004 / 1000,
  list: 0.005 / 1000,
  put: 0.005 / 1000,
  /** Per gigabyte transferred out of the bucket's region. Transfer within the region is free. */
  transfer: { otherRegion: 0.02, internet: 0.09 },
} as const;
