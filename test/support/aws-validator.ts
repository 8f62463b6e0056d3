/** aws-cli's validator of CloudTrail digests and log files, over a bucket on disk. */
import { join } from 'node:path';
import { startPythonProcess } from '../../dev/servers/python-process.js';

/** Environment variable that passes the Python with aws-cli from the global setup to the test files. */
export const AWS_CLI = 'TRAILMILL_TEST_AWS_CLI';
/** In a separate environment: its version of botocore is not compatible with other packages. */
export const AWS_CLI_PACKAGES = ['awscli==1.46.3'];

/** A key as `aws cloudtrail list-public-keys` prints it. */
export interface ListedKey {
  /** PKCS#1 DER, base64. */
  Value: string;
  Fingerprint: string;
  ValidityStartTime: string;
  ValidityEndTime: string;
}

/** The digests of one trail, account and region, in a range of time (ISO 8601). */
export interface Validation {
  /** Root of a bucket as the file store stores it. */
  folder: string;
  bucket: string;
  keys: readonly ListedKey[];
  trail: string;
  homeRegion: string;
  account: string;
  region: string;
  start: string;
  end: string;
  /** Key prefix of the trail. */
  prefix?: string;
  /** Id of the organization, if it is an organization's trail. */
  organization?: string;
}

/** What aws-cli says about an object. */
export interface AwsResult {
  kind: 'digest' | 'log';
  backfill: boolean;
  bucket: string;
  key: string;
  valid: boolean;
  /** The text after `INVALID: `; `null` if valid. */
  reason: string | null;
}

/** What aws-cli says about a range. */
export interface AwsVerdicts {
  /** In the order of its output. An object may occur twice. */
  results: AwsResult[];
  /** "No log files were delivered by CloudTrail between": a chain ends, and there are earlier digests. ISO 8601. */
  gaps: { backfill: boolean; from: string; to: string }[];
  /** The error that ended the command; nothing after it was checked. */
  aborted: string | null;
}

/** The validator. Ranges are validated one after another. */
export interface AwsValidator {
  validate(validation: Validation): Promise<AwsVerdicts>;
  close(): Promise<void>;
}

/** Like `describe`; skipped if aws-cli is not available. The global setup has said why; in CI it has failed. */
export function describeWithAwsCli(name: string, body: () => void): void {
  const { skip } = describe;
  if (process.env[AWS_CLI]) describe(name, body);
  else skip(`${name} (no aws-cli)`, body);
}

/** Starts the validator. */
export async function startAwsValidator(): Promise<AwsValidator> {
  const python = process.env[AWS_CLI];
  if (!python) throw new Error(`${AWS_CLI} is not set: put the test into describeWithAwsCli.`);
  const { ask, close } = await startPythonProcess(python, join(__dirname, 'aws_validator.py'));
  return {
    validate: ({ homeRegion, ...others }) => ask({ ...others, home_region: homeRegion }) as Promise<AwsVerdicts>,
    close,
  };
}
