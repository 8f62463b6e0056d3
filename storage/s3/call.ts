/** What was asked of S3 when an error came: what its message needs. */
import { partitionOf } from '../../aws/regions.js';
import type { S3Options } from '../address.js';

/** Operations of S3 that stores use. */
export type S3Operation = 'ListObjectsV2' | 'GetObject' | 'HeadObject' | 'PutObject' | 'DeleteObject';

/** A request, as messages describe it. */
export interface S3Call {
  operation: S3Operation;
  bucket: string;
  /** The full address: `s3://bucket/prefix/key`; of a listing that of its prefix. */
  uri: string;
  options: S3Options;
  /** Where it went to; absent when it never got there. */
  region?: string;
  /** Of a server that is not AWS. */
  endpoint?: string;
  /** Of ~/.aws/config, where one is named. */
  profile?: string;
  /** That the object is encrypted with, where it could be found out. */
  kmsKey?: string;
}

/** `GetObject s3://bucket/key`: what messages begin with. */
export function what({ operation, uri }: S3Call): string {
  return `${operation} ${uri}`;
}

/** The server, for messages. */
export function server({ endpoint }: S3Call): string {
  return endpoint ?? 'AWS';
}

/** The ARN of a bucket (`bucket`) or an object (`bucket/key`). */
export function arnOf(resource: string, { region }: S3Call): string {
  return `arn:${partitionOf(region).id}:s3:::${resource}`;
}

/** ` (message)`, or nothing where the server sent none. */
export function inBrackets(message: string): string {
  // Some end with a full stop, some with a line of another.
  const text = message.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return text === '' ? '' : ` (${text})`;
}
