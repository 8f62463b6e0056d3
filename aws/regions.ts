/**
 * AWS's partitions and regions, in one table: partition ids and DNS suffixes for ARNs and endpoints, region names for object
 * keys and options. Pure. The facts are those of the AWS SDK (`partitionsInfo` of @aws-sdk/core, which it does not export);
 * test/unit/aws/regions.test.ts compares the two, so an update of the SDK that knows more regions fails until they are here.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
import { nearest } from '../text/nearest.js';

/** A partition of AWS: a group of regions with accounts, ARNs and host names of its own. */
export interface Partition {
  /** The second word of every ARN. */
  id: string;
  /** What follows the region in the name of an endpoint: `s3.eu-west-1.amazonaws.com`. */
  dnsSuffix: string;
  /** The same of dual-stack endpoints (IPv4 and IPv6): `glue.eu-west-1.api.aws`. */
  dualStackDnsSuffix: string;
  /** A region that exists in it: where the search for a bucket begins without a configured region. */
  firstRegion: string;
  /** How the names of all its regions begin, also of those that are not listed yet; the usual partition has no such rule. */
  start?: string;
  regions: readonly string[];
}

const words = (text: string): string[] => text.trim().split(/\s+/);

/** The partitions that this version knows. */
export const PARTITIONS: readonly Partition[] = [
  {
    id: 'aws',
    dnsSuffix: 'amazonaws.com',
    dualStackDnsSuffix: 'api.aws',
    firstRegion: 'us-east-1',
    regions: words(`
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
    start: 'cn-',
    regions: words('cn-north-1 cn-northwest-1'),
  },
  {
    id: 'aws-us-gov',
    dnsSuffix: 'amazonaws.com',
    dualStackDnsSuffix: 'api.aws',
    firstRegion: 'us-gov-west-1',
    start: 'us-gov-',
    regions: words('us-gov-east-1 us-gov-west-1'),
  },
  // https://docs.aws.eu: the European Sovereign Cloud.
  {
    id: 'aws-eusc',
    dnsSuffix: 'amazonaws.eu',
    dualStackDnsSuffix: 'api.amazonwebservices.eu',
    firstRegion: 'eusc-de-east-1',
    start: 'eusc-',
    regions: words('eusc-de-east-1'),
  },
  {
    id: 'aws-iso',
    dnsSuffix: 'c2s.ic.gov',
    dualStackDnsSuffix: 'api.aws.ic.gov',
    firstRegion: 'us-iso-east-1',
    start: 'us-iso-',
    regions: words('us-iso-east-1 us-iso-west-1'),
  },
  {
    id: 'aws-iso-b',
    dnsSuffix: 'sc2s.sgov.gov',
    dualStackDnsSuffix: 'api.aws.scloud',
    firstRegion: 'us-isob-east-1',
    start: 'us-isob-',
    regions: words('us-isob-east-1 us-isob-west-1'),
  },
  {
    id: 'aws-iso-e',
    dnsSuffix: 'cloud.adc-e.uk',
    dualStackDnsSuffix: 'api.cloud-aws.adc-e.uk',
    firstRegion: 'eu-isoe-west-1',
    start: 'eu-isoe-',
    regions: words('eu-isoe-west-1'),
  },
  {
    id: 'aws-iso-f',
    dnsSuffix: 'csp.hci.ic.gov',
    dualStackDnsSuffix: 'api.aws.hci.ic.gov',
    firstRegion: 'us-isof-south-1',
    start: 'us-isof-',
    regions: words('us-isof-east-1 us-isof-south-1'),
  },
];

const USUAL = PARTITIONS[0];
/** All regions that are listed, of all partitions. */
export const REGIONS: readonly string[] = PARTITIONS.flatMap(({ regions }) => regions);
const LISTED = new Set(REGIONS);

/**
 * The shape of a region's name, generously: two or more words of small letters and digits, then a number of one or two
 * digits, all with hyphens between them. Regions appear faster than releases of this program, so those that are not listed
 * count too; `2024`, `backup` and `year=2024`, which stand in the place of a region in some buckets, do not.
 */
const SHAPE = '[a-z]{2}[a-z0-9]*(?:-[a-z][a-z0-9]*)+-\\d{1,2}';
const NAME = new RegExp(`^${SHAPE}$`);

/** Is it the name of a region by its shape? It need not be listed. */
export function isRegionName(text: string): boolean {
  return NAME.test(text);
}

/** Is it a region that this version knows? */
export function isListedRegion(text: string): boolean {
  return LISTED.has(text);
}

/** The listed region that was most likely meant. */
export function nearestRegion(text: string): string | undefined {
  return nearest(text.replaceAll('_', '-'), REGIONS);
}

/** Those of some regions that are not listed: each once, sorted. */
export function unlistedRegions(regions: Iterable<string>): string[] {
  return [...new Set(regions)].filter((region) => !isListedRegion(region)).sort();
}

/** A sentence for people about the regions that {@link unlistedRegions} found; with none of them, nothing. */
export function unlistedText(regions: readonly string[]): string | undefined {
  if (regions.length === 0) return undefined;
  if (regions.length === 1)
    return `The region ${regions[0]} is not in this version's list of AWS regions: it is read like any other.`;
  return `The regions ${regions.join(', ')} are not in this version's list of AWS regions: they are read like any other.`;
}

/** The partition of a region; of one that is not listed by the beginning of its name. Without a region the usual one. */
export function partitionOf(region: string | undefined): Partition {
  if (region === undefined) return USUAL;
  return PARTITIONS.find(({ start }) => start !== undefined && region.startsWith(start)) ?? USUAL;
}

/** The partition that an ARN names; `undefined` for one that is not listed, and for what is no ARN. */
export function partitionOfArn(arn: string | undefined): Partition | undefined {
  const id = /^arn:([^:]+):/.exec(arn ?? '')?.[1];
  return PARTITIONS.find((partition) => partition.id === id);
}

/** `on.aws`: of function URLs and of some newer services. */
const SUFFIXES = [
  ...new Set(PARTITIONS.flatMap(({ dnsSuffix, dualStackDnsSuffix }) => [dnsSuffix, dualStackDnsSuffix])),
  'on.aws',
];
const ENDING = `\\.(?:${SUFFIXES.map((suffix) => suffix.replaceAll('.', '\\.')).join('|')})$`;
const AWS_HOST = new RegExp(ENDING);
/** Endpoints in a VPC have a word between the region and the suffix: `vpce-1.glue.eu-west-1.vpce.amazonaws.com`. */
const REGION_IN_HOST = new RegExp(`\\.(${SHAPE})(?:\\.vpce)?${ENDING}`);

/** Is a host one of AWS, in any partition? */
export function isAwsHost(hostname: string): boolean {
  return AWS_HOST.test(hostname);
}

/** The region in the name of an endpoint: `glue.eu-west-1.amazonaws.com`, in all partitions. */
export function regionInHost(hostname: string): string | undefined {
  return REGION_IN_HOST.exec(hostname)?.[1];
}
