/** `trailmill iam-policy`: the minimal policy for the configuration, as input for `aws iam put-role-policy`. Sends no requests. */

import { UserMistake } from '../../errors/index.js';
import {
  directStatements,
  type PolicyPart,
  type PolicyPlaces,
  roleOf,
  workerStatements,
} from '../../iam/iam-policy.js';
import { type PolicyDocument, policyDocument, type Statement } from '../../iam/policy.js';
import { trustStatement } from '../../iam/s3-policy.js';
import { parseAddress, type StoreAddress, withoutOptions } from '../../storage/address.js';
import { configuredSource } from '../run/source.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';

interface IamPolicyOptions extends GlobalOptions {
  location?: string;
  keyPrefix?: string;
  warehouse?: string;
  read?: boolean;
  write?: boolean;
  trust?: boolean;
  verify?: boolean;
  principal?: string;
  kmsKey?: string[];
  warehouseKmsKey?: string[];
}

/** Prints the minimal IAM policy for the configuration. */
export async function run(context: CommandContext<IamPolicyOptions>): Promise<number> {
  const { io, output, options } = context;
  const source = configuredSource(settingsFor(context));
  const places: PolicyPlaces = {
    location: parseAddress(source.location),
    keyPrefix: source.keyPrefix,
    warehouse: parseAddress(source.warehouse),
    catalog: source.catalog,
    region: io.env.AWS_REGION ?? io.env.AWS_DEFAULT_REGION,
    kmsKeys: options.kmsKey ?? [],
    warehouseKmsKeys: options.warehouseKmsKey ?? [],
    publicKeys: source.integrity.keys === undefined && (source.integrity.mode !== 'record' || options.verify === true),
  };
  const policy = policyFor(places, options);
  for (const [what, address] of [
    ['location', source.location],
    ['warehouse', source.warehouse],
  ])
    if (parseAddress(address).scheme === 'file')
      output.note(`The ${what} ${withoutOptions(address)} is a directory: it needs no IAM policy.`);
  if (options.verify && source.integrity.keys !== undefined)
    output.note('The public keys for digests are in integrity.keys, so access to CloudTrail is not needed.');
  output.value(policy);
  if (policy === null) output.say('Nothing in this configuration needs an IAM policy.');
  // Not broken between words: it is copied.
  else output.rows(JSON.stringify(policy, null, 2));
  return EXIT.ok;
}

/** `null` if there is nothing to allow. */
function policyFor(places: PolicyPlaces, { read, write, trust, principal }: IamPolicyOptions): PolicyDocument | null {
  const part = read === write ? undefined : read ? 'read' : 'write';
  if (trust) return trustPolicy(places, part ?? 'read', principal);
  if (principal !== undefined) return bucketPolicy(places, part, principal);
  const statements = part === undefined ? workerStatements(places) : directStatements(places, part);
  return statements.length === 0 ? null : policyDocument(statements);
}

/** The trust policy of the role that reads or, with --write, of the one that writes. */
function trustPolicy(places: PolicyPlaces, part: PolicyPart, principal: string | undefined): PolicyDocument {
  const place = placeFor(places, part);
  if (place.scheme !== 's3' || roleOf(place) === undefined) {
    throw new UserMistake(
      `The ${part === 'read' ? 'location' : 'warehouse'} is accessed without a role, so there is no trust policy.`,
      'Set access_role_arn in s3_source of log_source.yml, or in the address: s3://bucket?access_role_arn=arn:aws:iam::…',
    );
  }
  if (principal === undefined) {
    throw new UserMistake(
      'A trust policy needs a principal.',
      'Give --principal ARN: the user or role that runs the workers, or arn:aws:iam::ACCOUNT:root for its account.',
    );
  }
  return policyDocument([trustStatement(principal, place.options.externalId)]);
}

/** A bucket policy for a principal of another account. KMS keys have their own policies. */
function bucketPolicy(places: PolicyPlaces, part: PolicyPart | undefined, principal: string): PolicyDocument | null {
  if (part === undefined) {
    throw new UserMistake(
      'A policy with a principal is for one bucket.',
      'Add --read for the bucket with the logs, --write for the one with the warehouse, or --trust for the role.',
    );
  }
  if (placeFor(places, part).scheme !== 's3') return null;
  const ofBucket = ({ Action }: Statement): boolean => Action.every((action) => action.startsWith('s3:'));
  const statements = directStatements(places, part).filter(ofBucket);
  return policyDocument(
    statements.map(({ Sid, Effect, ...rest }) => ({ Sid, Effect, Principal: { AWS: principal }, ...rest })),
  );
}

function placeFor({ location, warehouse }: PolicyPlaces, part: PolicyPart): StoreAddress {
  return part === 'read' ? location : warehouse;
}
