/**
 * Digest files as CloudTrail writes them: one an hour for each account and region, also for an hour without files, each
 * signed and naming the hash and the signature of the one before it.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
import { createHash, sign } from 'node:crypto';
import { stampOf } from './clock.js';
import { isoTime, type JsonObject } from './identities.js';
import type { KeyPair } from './key-pair.js';
import { datedKey, type Stream } from './streams.js';

const HOUR_MS = 3_600_000;

/** A log file as its digest names it. Times are milliseconds since the epoch; absent for a file without records. */
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
  /** User metadata of the object: the signature is nowhere else until the next digest. */
  metadata: { signature: string; 'signature-algorithm': string };
  /** `digestEndTime`, milliseconds since the epoch. */
  end: number;
}

interface Previous {
  key: string;
  hash: string;
  signature: string;
}

/** The trail that the digests name. */
interface TrailSettings {
  bucket: string;
  name: string;
  homeRegion: string;
}

/** The digests of one account and region, in a row. */
export class DigestChain {
  private files: LogFile[] = [];
  private previous: Previous | undefined;

  /** `end` is when the first one ends; the others follow hour by hour. */
  constructor(
    private readonly trail: TrailSettings,
    private readonly stream: Stream,
    private readonly keys: KeyPair,
    private end: number,
  ) {}

  add(file: LogFile): void {
    this.files.push(file);
  }

  /** The next digest, when its hour is over at `time`. */
  due(time: number): Digest | undefined {
    if (time < this.end) return undefined;
    const digest = this.make();
    this.end += HOUR_MS;
    return digest;
  }

  private make(): Digest {
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
