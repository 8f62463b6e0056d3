/** Evidence of an event of a sample bucket, and the commands that its README has. */
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { recordRange } from '../../cloudtrail/decoder/record-range.js';
import type { EvidenceFile, EvidenceSource } from '../../integrity/evidence.js';
import { KEYS_PREFIX, writeSample } from '../../sample/index.js';
import { createMemoryStore } from '../../storage/memory.js';
import type { ObjectStore } from '../../storage/object-store.js';

interface DigestFields {
  logFiles: { s3Bucket: string; s3Object: string }[];
}

/** Sources of evidence: an event of the first digest with log files of a small sample, and one of the last. */
export async function evidenceOfSample(): Promise<{ first: EvidenceSource; last: EvidenceSource; privateKey: string }> {
  const store = createMemoryStore('evidence');
  const { regions } = await writeSample(store, { days: 1, accounts: 1, regions: 1, eventsPerHour: 60 });
  const body = async (key: string): Promise<Buffer> => (await store.get(key)).body;
  const privateKey = (await body(`${KEYS_PREFIX}private-key.pem`)).toString();
  const publicKey = { key: createPublicKey(privateKey), region: regions[0] };
  const sources: EvidenceSource[] = [];
  for (const key of (await keysOf(store)).filter((one) => one.includes('/CloudTrail-Digest/'))) {
    const { body: stored, metadata } = await store.get(key);
    const bytes = gunzipSync(stored);
    const { logFiles } = JSON.parse(bytes.toString()) as DigestFields;
    const [name] = logFiles.filter(({ s3Object }) => s3Object.includes('/CloudTrail/'));
    if (name === undefined) continue;
    const log = gunzipSync(await body(name.s3Object));
    sources.push({
      ...evidenceIn(log, 0),
      log: { bucket: name.s3Bucket, key: name.s3Object, bytes: log },
      digest: { bytes, signature: metadata.signature },
      publicKey,
    });
  }
  const [first] = sources;
  return { first, last: sources[sources.length - 1], privateKey };
}

/** The source with a signature of its digest, as it now is, by another key. */
export function signedAgain(
  source: EvidenceSource,
  { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject },
): EvidenceSource {
  const { bytes } = source.digest;
  const said = JSON.parse(Buffer.from(bytes).toString()) as Record<string, string | null>;
  const hash = createHash('sha256').update(bytes).digest('hex');
  const place = `${said.digestS3Bucket}/${said.digestS3Object}`;
  const text = [said.digestEndTime, place, hash, said.previousDigestSignature ?? 'null'].join('\n');
  const signature = sign('sha256', Buffer.from(text), privateKey).toString('hex');
  return { ...source, digest: { bytes, signature }, publicKey: { ...source.publicKey, key: publicKey } };
}

/** Event id and place of a record of a log file. */
export function evidenceIn(log: Buffer, index: number): Pick<EvidenceSource, 'event' | 'record'> {
  const record = recordRange(log, index);
  if (record === undefined) throw new Error(`The log file has no record ${index}.`);
  const { eventID } = JSON.parse(log.subarray(record.from, record.to).toString()) as { eventID: string };
  return { event: eventID, record };
}

/** The commands in a README that are to be run, in its order: signature, files. */
export function commandsOf(files: readonly EvidenceFile[]): [signature: string, hashes: string] {
  const readme = Buffer.from(files.find(({ name }) => name === 'README.md')?.bytes ?? []).toString();
  const [signature, hashes] = Array.from(readme.matchAll(/```sh\n([\s\S]*?)```/g), ([, block]) => block);
  return [signature, hashes];
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of store.list('')) keys.push(...objects.map(({ key }) => key));
  return keys;
}
