/** A bucket with signed digests, held in memory, and its digest files as objects that can be read, changed and signed again. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parseObjectKey } from '../../cloudtrail/object-key';
import type { Digest } from '../../integrity/digest';
import { signedText } from '../../integrity/signature';
import { KEYS_PREFIX, type SampleManifest, type SampleOptions, writeSample } from '../../sample/index';
import { createMemoryStore } from '../../storage/memory';

/** `body` as stored: gzipped. */
export interface BucketObject {
  body: Buffer;
  metadata?: Record<string, string>;
}

/** All objects of a bucket by key, in the order of the keys. */
export type Bucket = Map<string, BucketObject>;

/** A key pair of digests. */
export interface SigningKey {
  privateKey: KeyObject;
  publicKey: KeyObject;
  fingerprint: string;
}

/** A log file in a digest file. */
export interface ContentFile {
  s3Bucket: string;
  s3Object: string;
  hashValue: string;
  hashAlgorithm: string;
  newestEventTime: string | null;
  oldestEventTime: string | null;
}

/** The JSON of a digest file. */
export interface DigestContent {
  awsAccountId: string;
  digestStartTime: string;
  digestEndTime: string;
  digestS3Bucket: string;
  digestS3Object: string;
  digestPublicKeyFingerprint: string;
  digestSignatureAlgorithm: string;
  newestEventTime: string | null;
  oldestEventTime: string | null;
  previousDigestS3Bucket: string | null;
  previousDigestS3Object: string | null;
  previousDigestHashValue: string | null;
  previousDigestHashAlgorithm: string | null;
  previousDigestSignature: string | null;
  logFiles: ContentFile[];
}

/** Whether a key is that of a digest. */
export const isDigestKey = (key: string): boolean => key.includes('/CloudTrail-Digest/');

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** The files of the trails in a sample, its manifest, and the key pairs of its digests in chronological order. */
export async function sampleBucket(
  options: Partial<SampleOptions>,
): Promise<{ bucket: Bucket; manifest: SampleManifest; keys: SigningKey[] }> {
  const store = createMemoryStore('sample');
  const manifest = await writeSample(store, options);
  const bucket: Bucket = new Map();
  for await (const { objects } of store.list('AWSLogs/')) {
    for (const { key } of objects) {
      const { body, metadata } = await store.get(key);
      bucket.set(key, Object.keys(metadata).length > 0 ? { body, metadata } : { body });
    }
  }
  const keys: SigningKey[] = [];
  for await (const { objects } of store.list(`${KEYS_PREFIX}private/`)) {
    for (const { key } of objects) keys.push(signingKey((await store.get(key)).body));
  }
  // `key-2.pem` is listed before `key.pem`.
  return { bucket, manifest, keys: keys.reverse() };
}

/** The key pair of a private key. */
export function signingKey(privatePem: Buffer | string): SigningKey {
  const privateKey = createPrivateKey(privatePem);
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ type: 'pkcs1', format: 'der' });
  return { privateKey, publicKey, fingerprint: createHash('md5').update(der).digest('hex') };
}

const contents = new WeakMap<BucketObject, DigestContent>();

/** The content of a digest file: a copy that may be changed. */
export function contentOf(object: BucketObject): DigestContent {
  let content = contents.get(object);
  if (content === undefined) {
    content = JSON.parse(gunzipSync(object.body).toString('utf8')) as DigestContent;
    contents.set(object, content);
  }
  return structuredClone(content);
}

/** A digest file as the room `integrity` has it; its place is where it was found, but its bucket is `digestS3Bucket`. */
export function digestOf(key: string, { body, metadata = {} }: BucketObject): Digest {
  const text = gunzipSync(body);
  const content = JSON.parse(text.toString('utf8')) as DigestContent;
  const { account = '', region = '' } = parseObjectKey(key) ?? {};
  const backfilledAt = metadata['backfill-generation-timestamp'];
  return {
    key,
    uri: `s3://${content.digestS3Bucket}/${key}`,
    account,
    region,
    start: Date.parse(content.digestStartTime),
    end: Date.parse(content.digestEndTime),
    bucket: content.digestS3Bucket,
    object: content.digestS3Object,
    fingerprint: content.digestPublicKeyFingerprint,
    algorithm: content.digestSignatureAlgorithm,
    ...(metadata.signature === undefined ? {} : { signature: metadata.signature }),
    ...(metadata['signature-algorithm'] === undefined ? {} : { metadataAlgorithm: metadata['signature-algorithm'] }),
    ...(backfilledAt === undefined ? {} : { backfilledAt: Date.parse(backfilledAt) }),
    ...(content.previousDigestS3Object === null
      ? {}
      : {
          previous: {
            bucket: String(content.previousDigestS3Bucket),
            key: content.previousDigestS3Object,
            hash: String(content.previousDigestHashValue),
            signature: String(content.previousDigestSignature),
          },
        }),
    sha256: sha256(text),
    files: content.logFiles.map(({ s3Bucket, s3Object, hashValue }) => ({
      bucket: s3Bucket,
      key: s3Object,
      hash: hashValue,
    })),
  };
}

/** A digest file with this content, without a new signature: what somebody without a key can write. */
export function unsignedDigest(content: DigestContent, metadata?: Record<string, string>): BucketObject {
  return { body: gzipSync(JSON.stringify(content)), metadata };
}

/** A digest file with this content, signed by `key` for the place and the time in the content. */
export function signedDigest(
  content: DigestContent,
  key: Pick<SigningKey, 'privateKey'>,
  metadata: Record<string, string> = {},
): BucketObject {
  const body = gzipSync(JSON.stringify(content));
  const text = signedText(digestOf(content.digestS3Object, { body }));
  const signature = sign('sha256', Buffer.from(text), key.privateKey).toString('hex');
  return { body, metadata: { ...metadata, 'signature-algorithm': 'SHA256withRSA', signature } };
}
