/** IAM statements for S3: for the bucket that Trailmill reads, and for the warehouse that it writes. */

import { partitionOf } from '../aws/regions.js';
import type { S3Address } from '../storage/address.js';
import { allow, type Statement } from './policy.js';

/** The KMS keys of a location. */
export interface KmsKeys {
  /** ARNs of the keys that encrypt the objects, with SSE-KMS. */
  keys: readonly string[];
  /** Region of the process, for an address without a region. */
  region?: string;
}

/** Statements to list `AWSLogs/` below the key prefix, with and without a delimiter, and to read its objects. */
export function readStatements(bucket: S3Address, keyPrefix: string, kms: KmsKeys): Statement[] {
  const folder = [bucket.prefix, keyPrefix, 'AWSLogs/'].filter((part) => part !== '').join('/');
  const arn = arnOf(bucket, kms);
  return [
    listing('ListLogs', arn, folder),
    allow('ReadLogs', ['s3:GetObject'], [`${arn}/${folder}*`]),
    ...decryption('DecryptLogs', kms.keys, ['kms:Decrypt']),
  ];
}

/** Statements for the warehouse: the work area, including the test objects of `check`, and the tables of the storage catalog. */
export function writeStatements(warehouse: S3Address, kms: KmsKeys): Statement[] {
  return writing('Warehouse', warehouse, kms, ['_trailmill/*', '*/metadata/*', '*/data/*']);
}

/** Statements for the location of the tables, if the catalog has them outside the warehouse. */
export function tableStatements(location: S3Address, kms: KmsKeys): Statement[] {
  return writing('Tables', location, kms, ['*/metadata/*', '*/data/*']);
}

/**
 * All objects are created and read. Deleted are objects of the work area (test objects of `check`, and what finished runs leave),
 * manifest lists of failed commits, and by upkeep the unused files of the tables. Parts of a multipart upload need s3:PutObject; a failed upload is aborted.
 */
function writing(name: string, place: S3Address, kms: KmsKeys, deleted: readonly string[]): Statement[] {
  const folder = place.prefix === '' ? '' : `${place.prefix}/`;
  const arn = arnOf(place, kms);
  const inside = (keys: string): string => `${arn}/${folder}${keys}`;
  return [
    listing(`List${name}`, arn, folder),
    allow(`Write${name}`, ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], [inside('*')]),
    allow(`Clean${name}`, ['s3:DeleteObject'], deleted.map(inside)),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions: parts need Decrypt, too.
    ...decryption(`Use${name}Key`, kms.keys, ['kms:Decrypt', 'kms:GenerateDataKey']),
  ];
}

/** The statement for the worker's identity to assume the role that accesses a location. */
export function assumeStatement(sid: string, roleArn: string): Statement {
  return allow(sid, ['sts:AssumeRole'], [roleArn]);
}

/**
 * The statement for the trust policy of a role: who may assume it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html
 */
export function trustStatement(principal: string, externalId: string | undefined): Statement {
  return {
    Sid: 'TrustTrailmill',
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: ['sts:AssumeRole'],
    ...(externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
  };
}

/**
 * Not only for listings: for an object that does not exist, S3 returns 404 only if the caller may list its key, otherwise 403.
 * `StringLikeIfExists` would allow listing the whole bucket, because such a request has no `s3:prefix`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions"
 */
function listing(sid: string, arn: string, folder: string): Statement {
  const statement = allow(sid, ['s3:ListBucket'], [arn]);
  return folder === '' ? statement : { ...statement, Condition: { StringLike: { 's3:prefix': [`${folder}*`] } } };
}

function decryption(sid: string, keys: readonly string[], actions: readonly string[]): Statement[] {
  return keys.length === 0 ? [] : [allow(sid, actions, keys)];
}

function arnOf({ bucket, options }: S3Address, { region }: KmsKeys): string {
  return `arn:${partitionOf(options.region ?? region).id}:s3:::${bucket}`;
}
