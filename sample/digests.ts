/**
 * Digest files as CloudTrail writes them: one per hour for each account and region, even for an hour without log files. Each
 * one is signed and contains the hash and signature of the previous one.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
import { createHash, sign } from 'node:crypto';
import { stampOf } from './clock.js';
import { isoTime, type JsonObject } from './identities.js';
import type { KeyPair } from './key-pair.js';
import { datedKey, type StreamPlace } from './streams.js';

/** Milliseconds per hour: the period of a digest. */
export const HOUR_MS = 3_600_000;

/** A log file, as listed in its digest. Times are in milliseconds since the epoch; absent for a file without records. */
export interface LogFile {
  key: string;
  /** SHA-256 of the uncompressed bytes, hex. */
  hash: string;
  newest?: number;
  oldest?: number;
}

/** A digest file. */
export interface Digest {
  key: string;
  /** Uncompressed. */
  body: Buffer;
  /** User metadata of the object. The signature is only stored here, and in the next digest. */
  metadata: { signature: string; 'signature-algorithm': string; 'backfill-generation-timestamp'?: string };
  /** `digestEndTime`, milliseconds since the epoch. */
  end: number;
}

interface Previous {
  key: string;
  hash: string;
  signature: string;
}

/** The trail of the digests. */
export interface TrailSettings {
  bucket: string;
  name: string;
  homeRegion: string;
}

/** What all digests of a chain have in common. */
interface ChainSettings {
  trail: TrailSettings;
  stream: StreamPlace;
  /** Returns the key pair that CloudTrail signs with at a given time (milliseconds since the epoch). */
  keysAt: (time: number) => KeyPair;
  /** When the digests were created, if later than the delivery of their log files; milliseconds since the epoch. */
  backfilledAt?: number;
}

/** A chain of digests of one account and region: each has the hash and the signature of the previous one. */
export class DigestChain {
  private previous: Previous | undefined;

  constructor(private readonly settings: ChainSettings) {}

  /**
   * Returns the next digest, for the hour that ends at `end` (milliseconds since the epoch). It names these log files.
   */
  next(end: number, files: readonly LogFile[]): Digest {
    const { trail, stream, keysAt, backfilledAt } = this.settings;
    const { bucket, name, homeRegion } = trail;
    const { account, region } = stream;
    const suffix = backfilledAt === undefined ? '' : '_backfill';
    const stamp = stampOf(end, true);
    const file = `${account.id}_CloudTrail-Digest_${region}_${name}_${homeRegion}_${stamp}${suffix}.json.gz`;
    const key = datedKey(stream, 'CloudTrail-Digest', end, file);
    const { privateKey, fingerprint } = keysAt(backfilledAt ?? end);
    const body = Buffer.from(JSON.stringify(this.content({ key, end, fingerprint }, files)));
    const hash = createHash('sha256').update(body).digest('hex');
    const signed = [isoTime(end), `${bucket}/${key}`, hash, this.previous?.signature ?? 'null'].join('\n');
    const signature = sign('sha256', Buffer.from(signed), privateKey).toString('hex');
    this.previous = { key, hash, signature };
    const made = backfilledAt === undefined ? {} : { 'backfill-generation-timestamp': isoTime(backfilledAt) };
    return { key, body, metadata: { signature, 'signature-algorithm': 'SHA256withRSA', ...made }, end };
  }

  private content(
    { key, end, fingerprint }: { key: string; end: number; fingerprint: string },
    files: readonly LogFile[],
  ): JsonObject {
    const { previous } = this;
    const { trail, stream } = this.settings;
    const { bucket } = trail;
    const newest = files.flatMap((file) => file.newest ?? []);
    const oldest = files.flatMap((file) => file.oldest ?? []);
    return {
      awsAccountId: stream.account.id,
      digestStartTime: isoTime(end - HOUR_MS),
      digestEndTime: isoTime(end),
      digestS3Bucket: bucket,
      digestS3Object: key,
      digestPublicKeyFingerprint: fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime: timeOrNull(newest.length ? Math.max(...newest) : undefined),
      oldestEventTime: timeOrNull(oldest.length ? Math.min(...oldest) : undefined),
      previousDigestS3Bucket: previous === undefined ? null : bucket,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.hash ?? null,
      previousDigestHashAlgorithm: previous === undefined ? null : 'SHA-256',
      previousDigestSignature: previous?.signature ?? null,
      logFiles: files.map((file) => ({
        s3Bucket: bucket,
        s3Object: file.key,
        hashValue: file.hash,
        hashAlgorithm: 'SHA-256',
        newestEventTime: timeOrNull(file.newest),
        oldestEventTime: timeOrNull(file.oldest),
      })),
    };
  }
}

function timeOrNull(time: number | undefined): string | null {
  return time === undefined ? null : isoTime(time);
}
