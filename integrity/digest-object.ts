/** Reads a digest from the object that CloudTrail delivered. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseObjectKey } from '../cloudtrail/object-key.js';
import type { Digest } from './digest.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/i, 'not a SHA-256');
const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/, 'not a time')
  .transform((text) => Date.parse(text))
  .refine((milliseconds) => !Number.isNaN(milliseconds), 'not a time');
/** A digest file. Members that do not affect a verdict may have any value. */
const content = z.object({
  digestStartTime: time,
  digestEndTime: time,
  digestS3Bucket: z.string(),
  digestS3Object: z.string(),
  digestPublicKeyFingerprint: z.string(),
  digestSignatureAlgorithm: z.string(),
  previousDigestS3Bucket: z.string().nullish(),
  previousDigestS3Object: z.string().nullish(),
  previousDigestHashValue: z.string().nullish(),
  previousDigestSignature: z.string().nullish(),
  logFiles: z.array(
    z.object({ s3Bucket: z.string(), s3Object: z.string(), hashValue: sha256, hashAlgorithm: z.literal('SHA-256') }),
  ),
});

/** The object of a digest. */
export interface DigestObject {
  key: string;
  uri: string;
  /** Its uncompressed content. */
  bytes: Uint8Array;
  /** The user metadata of the object; names are lowercase. */
  metadata: Readonly<Record<string, string>>;
}

/** Returns the digest. Throws an `Error` whose message, the end of a sentence, says what is wrong with it. */
export function digestOfObject({ key, uri, bytes, metadata }: DigestObject): Digest {
  const parsed = parse(bytes);
  const { account = '', region = '' } = parseObjectKey(key) ?? {};
  const backfilledAt = Date.parse(metadata['backfill-generation-timestamp'] ?? '');
  const { previousDigestS3Object: before } = parsed;
  return {
    key,
    uri,
    account,
    region,
    start: parsed.digestStartTime,
    end: parsed.digestEndTime,
    bucket: parsed.digestS3Bucket,
    object: parsed.digestS3Object,
    fingerprint: parsed.digestPublicKeyFingerprint,
    algorithm: parsed.digestSignatureAlgorithm,
    ...(metadata.signature === undefined ? {} : { signature: metadata.signature }),
    ...(metadata['signature-algorithm'] === undefined ? {} : { metadataAlgorithm: metadata['signature-algorithm'] }),
    ...(Number.isNaN(backfilledAt) ? {} : { backfilledAt }),
    ...(before == null
      ? {}
      : {
          previous: {
            bucket: parsed.previousDigestS3Bucket ?? '',
            key: before,
            hash: (parsed.previousDigestHashValue ?? '').toLowerCase(),
            signature: parsed.previousDigestSignature ?? '',
          },
        }),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    files: parsed.logFiles.map(({ s3Bucket, s3Object, hashValue }) => {
      return { bucket: s3Bucket, key: s3Object, hash: hashValue.toLowerCase() };
    }),
  };
}

function parse(bytes: Uint8Array): z.infer<typeof content> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Error(`it is not valid JSON: ${(error as Error).message}`);
  }
  const result = content.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new Error(`it is not a digest: ${[...path.map(String), ''].join('.').replace(/\.$/, ': ')}${message}`);
}
