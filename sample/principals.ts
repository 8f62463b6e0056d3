/** The accounts of the sample: their users, roles, addresses and user agents. */
import { ALPHANUMERIC, HEX, type Random, UPPER } from './random.js';

/** An IAM role. */
export interface Role {
  name: string;
  id: string;
}

/** An IAM user. */
export interface User extends Role {
  accessKeyId: string;
}

/** An AWS account and the principals in it. */
export interface Account {
  id: string;
  users: User[];
  roles: Role[];
  addresses: string[];
  /** Ids of EC2 instances, which are used as session names of their roles. */
  instances: string[];
}

/** Includes names with characters outside ASCII and outside the Basic Multilingual Plane, as in real accounts. */
const USER_NAMES = [
  'alice',
  'bob',
  'zoë',
  '李雷',
  'josé.garcía',
  'deploy-bot',
  'Мария',
  'søren',
  'ops🚀bot',
  'terraform',
  'backup',
  'carol+audit',
];
const ROLE_NAMES = [
  'AdminAccess',
  'ReadOnly',
  'ci-deploy',
  'LambdaExecution',
  'DataPipeline',
  'SecurityAudit',
  'EKSNodeRole',
];

/** User agents of programs. */
export const USER_AGENTS = [
  'aws-cli/2.15.30 Python/3.11.8 Linux/6.1.79 exe/x86_64.amzn.2023 prompt/off command/s3.ls',
  'Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.10.213 md/arch#x86_64 lang/python#3.9.16 cfg/retry-mode#standard Botocore/1.34.69',
  'APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.42.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.26.0 os/linux lang/go#1.22.1 md/GOOS#linux',
  'aws-sdk-java/2.25.13 Linux/5.10.210-201.852.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.10+7-LTS Java/17.0.10',
  'aws-sdk-js/3.540.0 ua/2.1 os/linux#5.10.0 lang/js md/nodejs#20.11.1 api/dynamodb#3.540.0',
  '[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488]',
];

/** User agents of browsers. */
export const BROWSERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0',
];

/**
 * Creates the accounts of a sample; the first one is the management account. Addresses are from the ranges reserved for
 * documentation (RFC 5737, RFC 3849).
 */
export function accountsOf(random: Random, count: number): Account[] {
  const ids = new Set<string>();
  while (ids.size < count) ids.add(`${1 + random.int(9)}${random.from('0123456789', 11)}`);
  return [...ids].map((id) => ({
    id,
    users: pickSome(random, USER_NAMES, 6).map((name) => ({
      name,
      id: `AIDA${random.from(UPPER, 17)}`,
      accessKeyId: `AKIA${random.from(UPPER, 16)}`,
    })),
    roles: pickSome(random, ROLE_NAMES, 5).map((name) => ({ name, id: `AROA${random.from(UPPER, 17)}` })),
    addresses: [
      ...Array.from({ length: 5 }, () => `203.0.113.${1 + random.int(254)}`),
      `198.51.100.${1 + random.int(254)}`,
      `2001:db8:${random.from(HEX, 4)}::${1 + random.int(9)}`,
    ],
    instances: Array.from({ length: 8 }, () => `i-0${random.from(HEX, 16)}`),
  }));
}

function pickSome<T>(random: Random, items: readonly T[], count: number): T[] {
  const remaining = [...items];
  return Array.from({ length: count }, () => remaining.splice(random.int(remaining.length), 1)[0]);
}

/** Creates an access key id of a session. */
export function sessionKey(random: Random): string {
  return `ASIA${random.from(UPPER, 16)}`;
}

/** Creates the random part of a file name. */
export function fileSuffix(random: Random): string {
  return random.from(ALPHANUMERIC, 16);
}
