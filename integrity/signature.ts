/**
 * The signature of a digest: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2).
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
import { type KeyObject, verify } from 'node:crypto';
import type { Digest } from './digest.js';

/** The only algorithm that CloudTrail uses. */
export const SIGNATURE_ALGORITHM = 'SHA256withRSA';

/** The text that CloudTrail signs: four lines without a line break at the end. */
export function signedText({
  end,
  bucket,
  object,
  sha256,
  previous,
}: Pick<Digest, 'end' | 'bucket' | 'object' | 'sha256' | 'previous'>): string {
  return [isoSeconds(end), `${bucket}/${object}`, sha256, previous?.signature ?? 'null'].join('\n');
}

/** Whether `signature` (hex) is that of the digest with this key. False also for text that is not hex. */
export function isSignedBy(digest: Parameters<typeof signedText>[0], signature: string, key: KeyObject): boolean {
  if (!/^(?:[0-9a-f]{2})+$/i.test(signature)) return false;
  return verify('sha256', Buffer.from(signedText(digest)), key, Buffer.from(signature, 'hex'));
}

/** A time as in digests, without fractions of a second: `2024-02-28T01:00:00Z`. */
export function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}
