/** Folders below `AWSLogs/` that are not CloudTrail's: what they seem to be, to tell which ones matter. */
import { nearest } from '../text/nearest.js';
import { folderName, KINDS } from './object-key.js';

/** A folder in a place where a folder of CloudTrail would be. */
export interface UnknownFolder {
  /** Its whole key, with the slash at its end. */
  folder: string;
  /** What CloudTrail's would be called after. */
  instead: 'account' | 'kind' | 'region';
}

/**
 * Services that deliver to `AWSLogs/ACCOUNT/NAME/`, as AWS documents it for each: such folders are to be expected.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html has most of them.
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
  /** For a person. */
  looksLike: string;
  /** Of another service: none of CloudTrail's files are missed by leaving it out. */
  expected: boolean;
}

/** Describes a folder by its name. */
export function describeFolder({ folder, instead }: UnknownFolder): FolderDescription {
  const name = folderName(folder);
  if (instead === 'account') return { looksLike: accountLook(name), expected: name.startsWith('aws-account-id=') };
  if (instead === 'region') return { looksLike: 'not a region', expected: false };
  const service = OTHER_SERVICES[name];
  if (service !== undefined) return { looksLike: service, expected: true };
  if (name.startsWith('CloudTrail-'))
    return { looksLike: 'a kind of CloudTrail that this version does not know', expected: false };
  const meant = nearest(name, KINDS);
  const misspelt = meant !== undefined && /trail|trial/i.test(name);
  return { looksLike: misspelt ? `misspelt: ${meant}?` : 'nothing that is known here', expected: false };
}

function accountLook(name: string): string {
  // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html, "Hive-compatible S3 prefixes".
  if (name.startsWith('aws-account-id=')) return 'VPC Flow Logs with Hive-compatible prefixes';
  if (/^\d+$/.test(name)) return `an account id has 12 digits, this has ${name.length}`;
  if (/^o-/.test(name)) return 'not the id of an organization';
  return 'neither an account nor an organization';
}

/** Folders of one name, wherever they are. */
export interface UnknownName extends FolderDescription {
  name: string;
  folders: number;
  /** The first of them. */
  example: string;
}

/** By name, those first that are a surprise. */
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
