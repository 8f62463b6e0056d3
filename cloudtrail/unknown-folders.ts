/** Folders below `AWSLogs/` that are not CloudTrail's: what they seem to be, and whether they matter. */
import { nearest } from '../text/nearest.js';
import { folderName, KINDS } from './object-key.js';

/** An unknown folder in the place of a CloudTrail folder. */
export interface UnknownFolder {
  /** Its full key, with a trailing slash. */
  folder: string;
  /** What the name of a CloudTrail folder would be at this level. */
  instead: 'account' | 'kind' | 'region';
}

/**
 * Services that deliver to `AWSLogs/ACCOUNT/NAME/` according to their AWS documentation; such folders are expected. Most of
 * them are in https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html.
 */
const OTHER_SERVICES: Readonly<Record<string, string>> = {
  Config: 'AWS Config',
  elasticloadbalancing: 'Elastic Load Balancing',
  vpcflowlogs: 'VPC Flow Logs',
  vpcdnsquerylogs: 'Route 53 Resolver query logs',
  WAFLogs: 'AWS WAF',
  GuardDuty: 'GuardDuty findings',
  redshift: 'Redshift audit logs',
  'network-firewall': 'Network Firewall',
  globalaccelerator: 'Global Accelerator flow logs',
  CloudFront: 'CloudFront access logs',
};

/** What a folder seems to be. */
interface FolderDescription {
  /** Description for people. */
  looksLike: string;
  /** It belongs to another service, so ignoring it does not miss any CloudTrail files. */
  expected: boolean;
}

/** Describes a folder by its name. */
export function describeFolder({ folder, instead }: UnknownFolder): FolderDescription {
  const name = folderName(folder);
  if (instead === 'account')
    return { looksLike: describeAccountFolder(name), expected: name.startsWith('aws-account-id=') };
  if (instead === 'region') return { looksLike: 'not a region', expected: false };
  const service = OTHER_SERVICES[name];
  if (service !== undefined) return { looksLike: service, expected: true };
  if (name.startsWith('CloudTrail-'))
    return { looksLike: 'a CloudTrail kind that this version does not support', expected: false };
  const meant = nearest(name, KINDS);
  const isMisspelled = meant !== undefined && /trail|trial/i.test(name);
  return { looksLike: isMisspelled ? `misspelled: ${meant}?` : 'unknown', expected: false };
}

function describeAccountFolder(name: string): string {
  // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html, "Hive-compatible S3 prefixes".
  if (name.startsWith('aws-account-id=')) return 'VPC Flow Logs with Hive-compatible prefixes';
  if (/^\d+$/.test(name)) return `an account id has 12 digits, this one has ${name.length}`;
  if (/^o-/.test(name)) return 'not an organization id';
  return 'neither an account id nor an organization id';
}

/** All unknown folders with the same name. */
export interface UnknownName extends FolderDescription {
  name: string;
  folders: number;
  /** The key of the first one. */
  example: string;
}

/** Groups unknown folders by name; unexpected ones come first. */
export function unknownNames(folders: readonly UnknownFolder[]): UnknownName[] {
  const names = new Map<string, UnknownName>();
  for (const one of folders) {
    const name = folderName(one.folder);
    const known = names.get(`${one.instead} ${name}`);
    if (known !== undefined) known.folders++;
    else names.set(`${one.instead} ${name}`, { name, folders: 1, example: one.folder, ...describeFolder(one) });
  }
  return [...names.values()].sort((a, b) => Number(a.expected) - Number(b.expected));
}
