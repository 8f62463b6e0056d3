/** What Trailmill asks of S3, as statements: of the bucket that it reads, and of the warehouse that it writes. */

import { partitionOf } from '../aws/regions.js';
import type { S3Address } from '../storage/address.js';
import { allow, type Statement } from './policy.js';

/** The KMS keys of a place. */
export interface KmsKeys {
  /** ARNs of the keys that the objects are encrypted with, where that is SSE-KMS. */
  keys: readonly string[];
  /** Of the process, where the address says none. */
  region?: string;
}

/** Lists `AWSLogs/` below the key prefix with and without a delimiter, and reads its objects. */
export function readStatements(bucket: S3Address, keyPrefix: string, kms: KmsKeys): Statement[] {
  const folder = [bucket.prefix, keyPrefix, 'AWSLogs/'].filter((part) => part !== '').join('/');
  const arn = arnOf(bucket, kms);
  return [
    listing('ListLogs', arn, folder),
    allow('ReadLogs', ['s3:GetObject'], [`${arn}/${folder}*`]),
    ...decryption('DecryptLogs', kms.keys, ['kms:Decrypt']),
  ];
}

/** The warehouse: the work area, with the trials of `check` in it, and the tables of the storage catalog. */
export function writeStatements(warehouse: S3Address, kms: KmsKeys): Statement[] {
  return writing('Warehouse', warehouse, kms, ['_trailmill/*', '*/metadata/*']);
}

/** The place of the tables, where their catalog keeps them elsewhere. */
export function tableStatements(location: S3Address, kms: KmsKeys): Statement[] {
  return writing('Tables', location, kms, ['*/metadata/*']);
}

/**
 * Everything is created, and read again. What is deleted are trials of `check` and manifest lists of commits that were lost:
 * no data file. Parts of a large object are put like any other; an upload that fails is aborted.
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

/** For the identity of the worker, where a role reaches the place instead. */
export function assumeStatement(sid: string, roleArn: string): Statement {
  return allow(sid, ['sts:AssumeRole'], [roleArn]);
}

/** What the role says of who may assume it. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html */
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
 * Not only for listings: an object that is not there is answered by 404 only to those who may list its key, by 403 to all
 * others. `StringLikeIfExists` would allow a listing of the whole bucket, which has no `s3:prefix`.
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
