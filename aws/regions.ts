/**
 * AWS partitions and regions in one table: partition ids and DNS suffixes for ARNs and endpoints, region names for object keys
 * and options. Pure. The data is that of the AWS SDK (`partitionsInfo` in @aws-sdk/core, which does not export it);
 * test/unit/aws/regions.test.ts compares the two, so it fails after an SDK update until new regions are added here.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
import { nearest } from '../text/nearest.js';
import { splitWords } from '../text/words.js';

/** An AWS partition: a group of regions with its own accounts, ARNs and host names. */
export interface Partition {
  /** The second field of every ARN. */
  id: string;
  /** Follows the region in the host name of an endpoint: `s3.eu-west-1.amazonaws.com`. */
  dnsSuffix: string;
  /** The suffix of dual-stack endpoints (IPv4 and IPv6): `glue.eu-west-1.api.aws`. */
  dualStackDnsSuffix: string;
  /** A region in this partition. Bucket lookup starts here if no region is configured. */
  firstRegion: string;
  /** Prefix of all its region names, including unlisted ones. The commercial partition `aws` has none. */
  regionPrefix?: string;
  regions: readonly string[];
}

/** The partitions that this version knows. */
export const PARTITIONS: readonly Partition[] = [
  {
    id: 'aws',
    dnsSuffix: 'amazonaws.com',
    dualStackDnsSuffix: 'api.aws',
    firstRegion: 'us-east-1',
    regions: splitWords(`
      af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
      ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
      eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
      me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 us-west-2`),
  },
  {
    id: 'aws-cn',
    dnsSuffix: 'amazonaws.com.cn',
    dualStackDnsSuffix: 'api.amazonwebservices.com.cn',
    firstRegion: 'cn-northwest-1',
    regionPrefix: 'cn-',
    regions: splitWords('cn-north-1 cn-northwest-1'),
  },
  {
    id: 'aws-us-gov',
    dnsSuffix: 'amazonaws.com',
    dualStackDnsSuffix: 'api.aws',
    firstRegion: 'us-gov-west-1',
    regionPrefix: 'us-gov-',
    regions: splitWords('us-gov-east-1 us-gov-west-1'),
  },
  // AWS European Sovereign Cloud: https://docs.aws.eu
  {
    id: 'aws-eusc',
    dnsSuffix: 'amazonaws.eu',
    dualStackDnsSuffix: 'api.amazonwebservices.eu',
    firstRegion: 'eusc-de-east-1',
    regionPrefix: 'eusc-',
    regions: splitWords('eusc-de-east-1'),
  },
  {
    id: 'aws-iso',
    dnsSuffix: 'c2s.ic.gov',
    dualStackDnsSuffix: 'api.aws.ic.gov',
    firstRegion: 'us-iso-east-1',
    regionPrefix: 'us-iso-',
    regions: splitWords('us-iso-east-1 us-iso-west-1'),
  },
  {
    id: 'aws-iso-b',
    dnsSuffix: 'sc2s.sgov.gov',
    dualStackDnsSuffix: 'api.aws.scloud',
    firstRegion: 'us-isob-east-1',
    regionPrefix: 'us-isob-',
    regions: splitWords('us-isob-east-1 us-isob-west-1'),
  },
  {
    id: 'aws-iso-e',
    dnsSuffix: 'cloud.adc-e.uk',
    dualStackDnsSuffix: 'api.cloud-aws.adc-e.uk',
    firstRegion: 'eu-isoe-west-1',
    regionPrefix: 'eu-isoe-',
    regions: splitWords('eu-isoe-west-1'),
  },
  {
    id: 'aws-iso-f',
    dnsSuffix: 'csp.hci.ic.gov',
    dualStackDnsSuffix: 'api.aws.hci.ic.gov',
    firstRegion: 'us-isof-south-1',
    regionPrefix: 'us-isof-',
    regions: splitWords('us-isof-east-1 us-isof-south-1'),
  },
];

const COMMERCIAL = PARTITIONS[0];
/** All listed regions of all partitions. */
export const REGIONS: readonly string[] = PARTITIONS.flatMap(({ regions }) => regions);
const LISTED = new Set(REGIONS);

/**
 * A permissive pattern for region names: two or more words of lowercase letters and digits, then a number of one or two digits,
 * separated by hyphens. AWS adds regions faster than this program is released, so unlisted names match too; `2024`, `backup` and
 * `year=2024`, which some buckets have in place of a region, do not.
 */
const REGION_PATTERN = '[a-z]{2}[a-z0-9]*(?:-[a-z][a-z0-9]*)+-\\d{1,2}';
const REGION_NAME = new RegExp(`^${REGION_PATTERN}$`);

/** Whether the text has the form of a region name. The region need not be listed. */
export function isRegionName(text: string): boolean {
  return REGION_NAME.test(text);
}

/** Whether this version knows the region. */
export function isListedRegion(text: string): boolean {
  return LISTED.has(text);
}

/** The listed region that the user most likely meant; `undefined` if none is close. */
export function nearestRegion(text: string): string | undefined {
  return nearest(text.replaceAll('_', '-'), REGIONS);
}

/** The regions that are not listed, sorted and without duplicates. */
export function unlistedRegions(regions: Iterable<string>): string[] {
  return [...new Set(regions)].filter((region) => !isListedRegion(region)).sort();
}

/** A sentence for the user about the regions from {@link unlistedRegions}; `undefined` if there are none. */
export function unlistedText(regions: readonly string[]): string | undefined {
  if (regions.length === 0) return undefined;
  if (regions.length === 1)
    return `The region ${regions[0]} is not in this version's list of AWS regions. It is read like any other region.`;
  return `The regions ${regions.join(', ')} are not in this version's list of AWS regions. They are read like any other region.`;
}

/** The partition of a region, determined by the prefix of its name. Without a region, the commercial partition. */
export function partitionOf(region: string | undefined): Partition {
  if (region === undefined) return COMMERCIAL;
  return (
    PARTITIONS.find(({ regionPrefix }) => regionPrefix !== undefined && region.startsWith(regionPrefix)) ?? COMMERCIAL
  );
}

/** The partition in an ARN; `undefined` if the partition is not listed or the text is not an ARN. */
export function partitionOfArn(arn: string | undefined): Partition | undefined {
  const id = /^arn:([^:]+):/.exec(arn ?? '')?.[1];
  return PARTITIONS.find((partition) => partition.id === id);
}

/** `on.aws` is used by Lambda function URLs and some newer services. */
const SUFFIXES = [
  ...new Set(PARTITIONS.flatMap(({ dnsSuffix, dualStackDnsSuffix }) => [dnsSuffix, dualStackDnsSuffix])),
  'on.aws',
];
const AWS_SUFFIX = `\\.(?:${SUFFIXES.map((suffix) => suffix.replaceAll('.', '\\.')).join('|')})$`;
const AWS_HOST = new RegExp(AWS_SUFFIX);
/** VPC endpoints have `vpce` between the region and the suffix: `vpce-1.glue.eu-west-1.vpce.amazonaws.com`. */
const REGION_IN_HOST = new RegExp(`\\.(${REGION_PATTERN})(?:\\.vpce)?${AWS_SUFFIX}`);

/** Whether a host name belongs to AWS, in any partition. */
export function isAwsHost(hostname: string): boolean {
  return AWS_HOST.test(hostname);
}

/**
 * The region in the host name of an AWS endpoint of any partition (`glue.eu-west-1.amazonaws.com`); `undefined` if there is
 * none.
 */
export function regionInHost(hostname: string): string | undefined {
  return REGION_IN_HOST.exec(hostname)?.[1];
}
