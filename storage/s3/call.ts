/** The context of a failed S3 request, for error messages. */
import { partitionOf } from '../../aws/regions.js';
import type { S3Options } from '../address.js';

/** S3 operations that stores use. */
export type S3Operation = 'ListObjectsV2' | 'GetObject' | 'HeadObject' | 'PutObject' | 'DeleteObject' | 'DeleteObjects';

/** A request to any service, as described in messages. */
export interface AwsCall {
  operation: string;
  /** What it is about: `GetObject s3://bucket/key`. */
  uri: string;
  options: S3Options;
  /** The region it was sent to; absent if it was never sent. */
  region?: string;
  /** Endpoint of a server that is not AWS; absent for AWS. */
  endpoint?: string;
  /** The profile from ~/.aws/config, if one is configured. */
  profile?: string;
}

/** A request to S3, as described in messages. */
export interface S3Call extends AwsCall {
  operation: S3Operation;
  bucket: string;
  /** The full address: `s3://bucket/prefix/key`; for a listing, its prefix. */
  uri: string;
  /** ARN of the KMS key that the object is encrypted with, if known. */
  kmsKey?: string;
}

/** `GetObject s3://bucket/key`: the start of messages. */
export function requestOf({ operation, uri }: AwsCall): string {
  return `${operation} ${uri}`;
}

/** The server's name in messages. */
export function serverOf({ endpoint }: AwsCall): string {
  return endpoint ?? 'AWS';
}

/** The ARN of a bucket (`bucket`) or an object (`bucket/key`). */
export function arnOf(resource: string, { region }: S3Call): string {
  return `arn:${partitionOf(region).id}:s3:::${resource}`;
}

/** ` (message)`, or an empty string if the server sent no message. */
export function inParentheses(message: string): string {
  // Some messages end with a period, some have several lines.
  const text = message.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return text === '' ? '' : ` (${text})`;
}
