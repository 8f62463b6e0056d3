/**
 * Digest files as CloudTrail writes them: one per hour for each account and region, even for an hour without log files. Each
 * one is signed and contains the hash and signature of the previous one.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
import { createHash, sign } from 'node:crypto';
import { stampOf } from './clock.js';
import { isoTime, type JsonObject } from './identities.js';
import type { KeyPair } from './key-pair.js';
import { datedKey, type Stream } from './streams.js';

/** Milliseconds per hour: the period of a digest. */
export const HOUR_MS = 3_600_000;

/** A log file, as listed in its digest. Times are in milliseconds since the epoch; absent for a file without records. */
interface LogFile {
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
  metadata: { signature: string; 'signature-algorithm': string };
  /** `digestEndTime`, milliseconds since the epoch. */
  end: number;
}

interface Previous {
  key: string;
  hash: string;
  signature: string;
}

/** The trail of the digests. */
interface TrailSettings {
  bucket: string;
  name: string;
  homeRegion: string;
}

/** The chain of digests of one account and region. */
export class DigestChain {
  private files: LogFile[] = [];
  private previous: Previous | undefined;

  /** @param end end of the first digest's hour, milliseconds since the epoch */
  constructor(
    private readonly trail: TrailSettings,
    private readonly stream: Stream,
    private readonly keys: KeyPair,
    private end: number,
  ) {}

  /** Adds a log file to the next digest. */
  add(file: LogFile): void {
    this.files.push(file);
  }

  /** Returns the next digest if its hour is over at `time` (milliseconds since the epoch), otherwise `undefined`. */
  due(time: number): Digest | undefined {
    if (time < this.end) return undefined;
    const digest = this.createDigest();
    this.end += HOUR_MS;
    return digest;
  }

  private createDigest(): Digest {
    const { bucket, name, homeRegion } = this.trail;
    const { account, region } = this.stream;
    const file = `${account.id}_CloudTrail-Digest_${region}_${name}_${homeRegion}_${stampOf(this.end, true)}.json.gz`;
    const key = datedKey(this.stream, 'CloudTrail-Digest', this.end, file);
    const body = Buffer.from(JSON.stringify(this.content(bucket, key)));
    const hash = createHash('sha256').update(body).digest('hex');
    const signed = [isoTime(this.end), `${bucket}/${key}`, hash, this.previous?.signature ?? 'null'].join('\n');
    const signature = sign('sha256', Buffer.from(signed), this.keys.privateKey).toString('hex');
    this.previous = { key, hash, signature };
    this.files = [];
    return { key, body, metadata: { signature, 'signature-algorithm': 'SHA256withRSA' }, end: this.end };
  }

  private content(bucket: string, key: string): JsonObject {
    const { previous, files } = this;
    const newest = files.flatMap((file) => file.newest ?? []);
    const oldest = files.flatMap((file) => file.oldest ?? []);
    return {
      awsAccountId: this.stream.account.id,
      digestStartTime: isoTime(this.end - HOUR_MS),
      digestEndTime: isoTime(this.end),
      digestS3Bucket: bucket,
      digestS3Object: key,
      digestPublicKeyFingerprint: this.keys.fingerprint,
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
