/** Evidence of an event of a sample bucket, and the commands in its README. */
import { gunzipSync } from 'node:zlib';
import { recordRange } from '../../cloudtrail/decoder/record-range.js';
import type { EvidenceFile, EvidenceSource } from '../../integrity/evidence.js';
import {
  type BucketObject,
  contentOf,
  type DigestContent,
  isDigestKey,
  type SigningKey,
  sampleBucket,
  signedDigest,
} from './digest-files.js';

/** Sources of evidence: an event of the first digest with log files of a small sample, and one of the last. */
export async function evidenceOfSample(): Promise<{ first: EvidenceSource; last: EvidenceSource }> {
  const { bucket, manifest, keys } = await sampleBucket({ days: 1, accounts: 1, regions: 1, eventsPerHour: 60 });
  const publicKey = { key: keys[0].publicKey, region: manifest.regions[0] };
  const sources: EvidenceSource[] = [];
  for (const key of [...bucket.keys()].filter(isDigestKey)) {
    const object = bucket.get(key) as BucketObject;
    const name = contentOf(object).logFiles.find(({ s3Object }) => s3Object.includes('/CloudTrail/'));
    if (name === undefined) continue;
    const bytes = gunzipSync((bucket.get(name.s3Object) as BucketObject).body);
    const log = { bucket: name.s3Bucket, key: name.s3Object, bytes };
    sources.push({ ...evidenceIn(bytes, 0), log, digest: digestSource(object), publicKey });
  }
  return { first: sources[0], last: sources[sources.length - 1] };
}

/** The source with a digest of this content, signed by another key. */
export function signedAgain(source: EvidenceSource, content: DigestContent, key: SigningKey): EvidenceSource {
  const digest = digestSource(signedDigest(content, key));
  return { ...source, digest, publicKey: { ...source.publicKey, key: key.publicKey } };
}

function digestSource({ body, metadata }: BucketObject): EvidenceSource['digest'] {
  return { bytes: gunzipSync(body), signature: metadata?.signature ?? '' };
}

/** Event id and position of a record in a log file. */
export function evidenceIn(log: Buffer, index: number): Pick<EvidenceSource, 'event' | 'record'> {
  const record = recordRange(log, index);
  if (record === undefined) throw new Error(`The log file has no record ${index}.`);
  const { eventID } = JSON.parse(log.subarray(record.from, record.to).toString()) as { eventID: string };
  return { event: eventID, record };
}

/** The commands to run from the README, in order: signature, hashes. */
export function commandsOf(files: readonly EvidenceFile[]): [signature: string, hashes: string] {
  const readme = Buffer.from(files.find(({ name }) => name === 'README.md')?.bytes ?? []).toString();
  const [signature, hashes] = Array.from(readme.matchAll(/```sh\n([\s\S]*?)```/g), ([, block]) => block);
  return [signature, hashes];
}
