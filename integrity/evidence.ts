/**
 * Evidence of one event: files that prove, with openssl and sha256sum alone, that CloudTrail delivered its record
 * unchanged. Each link is in bytes that the previous link proves: the signature, the digest's hash in the signed text,
 * the log file's hash in the digest, the record in the log file. Evidence that does not prove all of this is not
 * returned.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { eachElement, enterDigest, membersOf, stringBytesAt, textStart } from '../cloudtrail/decoder/envelope.js';
import type { ByteRange } from '../cloudtrail/decoder/read-context.js';
import { JsonScanner } from '../cloudtrail/decoder/scanner.js';
import { UserMistake } from '../errors/index.js';
import { printable } from '../text/printable.js';
import { evidenceReadme } from './evidence-readme.js';
import { pkcs1Of } from './keys.js';
import { isoSeconds, isSignedBy, signedText } from './signature.js';

/** The parts of evidence. */
export interface EvidenceSource {
  /** Id of the event: `eventID` of its record. */
  event: string;
  /** The position of the record in the log file: see `recordRange`. */
  record: ByteRange;
  /** The log file, uncompressed, and the bucket and key that it was delivered to. */
  log: { bucket: string; key: string; bytes: Uint8Array };
  /** The digest, uncompressed, and its signature, hex: from its object's metadata, or from the next digest. */
  digest: { bytes: Uint8Array; signature: string };
  /** The key of the signature, and the region whose ListPublicKeys has it. */
  publicKey: { key: KeyObject; region: string };
}

/** A file of the evidence. */
export interface EvidenceFile {
  name: string;
  bytes: Uint8Array;
}

const HASH_BYTES = 64;
const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;
const QUOTE = 34;

/** Returns the files of the evidence, the README first. Throws `UserMistake` for anything that would prove nothing. */
export function evidenceFiles({ event, record, log, digest, publicKey }: EvidenceSource): EvidenceFile[] {
  const parsed = readDigest(digest.bytes);
  const signed = signedBy(parsed, digest.signature, publicKey.key);
  const named = parsed.hashOf(log.bucket, log.key);
  const logHash = sha256(log.bytes);
  const name = printable(`${log.bucket}/${log.key}`);
  if (named.length === 0) refuse(`The digest ${parsed.name} does not list the log file ${name}`);
  const hash = named.find(({ text }) => text.toLowerCase() === logHash);
  if (hash === undefined)
    refuse(`The SHA-256 of the log file ${name} is ${logHash}, but the digest ${parsed.name} says ${named[0].text}`);
  const pem = Buffer.from(publicKey.key.export({ type: 'spki', format: 'pem' }));
  const files: EvidenceFile[] = [
    { name: 'record.json', bytes: recordBytes(log.bytes, record, event, name) },
    { name: 'log.json', bytes: log.bytes },
    { name: 'digest.json', bytes: digest.bytes },
    { name: 'signed.txt', bytes: signed },
    { name: 'signature.bin', bytes: Buffer.from(digest.signature, 'hex') },
    { name: 'public-key.pem', bytes: pem },
  ];
  const readme = evidenceReadme({
    event: printable(event),
    log: name,
    digest: parsed.name,
    start: isoSeconds(parsed.time('digestStartTime')),
    end: isoSeconds(parsed.time('digestEndTime')),
    record,
    hashAt: hash.at,
    keyHash: sha256(pem),
    fingerprint: createHash('md5')
      .update(pkcs1Of(publicKey.key.export({ type: 'spki', format: 'der' })))
      .digest('hex'),
    region: publicKey.region,
  });
  return [{ name: 'README.md', bytes: Buffer.from(readme) }, ...files];
}

function readDigest(bytes: Uint8Array): DigestText {
  try {
    return new DigestText(bytes);
  } catch (error) {
    return refuse(`The digest cannot be read (${printable((error as Error).message)})`);
  }
}

/** The signed text, which is proven to belong to the digest and the key. */
function signedBy(parsed: DigestText, signature: string, key: KeyObject): Buffer {
  const [bucket, object] = [parsed.required('digestS3Bucket'), parsed.required('digestS3Object')];
  const before = parsed.text('previousDigestSignature');
  const digest = {
    ...{ end: parsed.time('digestEndTime'), bucket, object, sha256: sha256(parsed.bytes) },
    previous: before === undefined ? undefined : { bucket: '', key: '', hash: '', signature: before },
  };
  const text = signedText(digest);
  if (!isSignedBy(digest, signature, key))
    refuse(`The signature of the digest ${parsed.name} is not valid for this key`);
  // The command that checks the digest's hash reads the third line.
  if (text.split('\n').length !== 4) refuse(`The location of the digest ${parsed.name} contains a line break`);
  return Buffer.from(text);
}

function recordBytes(log: Uint8Array, { from, to }: ByteRange, event: string, name: string): Uint8Array {
  const bytes = log.subarray(from, to);
  const isInside = from >= 0 && from < to && to <= log.length;
  if (!isInside || !isRecordOf(bytes, event))
    refuse(`Bytes ${from} to ${to} of the log file ${name} are not the record of the event ${printable(event)}`);
  return bytes;
}

/** Whether the text is an object with this event id; records of aggregated events spell the member's name differently. */
function isRecordOf(bytes: Uint8Array, event: string): boolean {
  try {
    const { eventID, eventId } = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
    return (eventID ?? eventId) === event;
  } catch {
    return false;
  }
}

/** The values of a digest, and their byte offsets. */
class DigestText {
  private readonly scanner = new JsonScanner();
  private readonly members: ReadonlyMap<string, number>;

  constructor(readonly bytes: Uint8Array) {
    const { scanner } = this;
    scanner.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    scanner.pos = textStart(bytes);
    enterDigest(scanner);
    this.members = membersOf(scanner);
  }

  /** Bucket and key of its delivery, according to the digest; for messages. */
  get name(): string {
    return printable(`${this.text('digestS3Bucket') ?? '?'}/${this.text('digestS3Object') ?? '?'}`);
  }

  /** The member's text; `undefined` if it is not a string. */
  text(member: string, members = this.members): string | undefined {
    const at = members.get(member);
    if (at === undefined || this.scanner.bytes[at] !== QUOTE) return undefined;
    const bytes = stringBytesAt(this.scanner, at);
    return bytes && Buffer.from(bytes).toString();
  }

  required(member: string): string {
    return this.text(member) ?? refuse(`The digest ${this.name} has no ${member}`);
  }

  /** A member that is a time, in milliseconds since the epoch. */
  time(member: string): number {
    const text = this.required(member);
    const time = Date.parse(text);
    if (Number.isNaN(time)) refuse(`${member} of the digest ${this.name} is not a time: ${printable(text)}`);
    return time;
  }

  /** The digest's hashes of the log file (usually one), each with the offset of its text. */
  hashOf(bucket: string, key: string): { text: string; at: number }[] {
    const { scanner } = this;
    const found: { text: string; at: number }[] = [];
    const list = this.members.get('logFiles');
    if (list === undefined || scanner.bytes[list] !== OPEN_BRACKET) return found;
    scanner.pos = list;
    eachElement(scanner, (c) => {
      if (c !== OPEN_BRACE) return scanner.skip();
      const file = membersOf(scanner);
      if (this.text('s3Bucket', file) !== bucket || this.text('s3Object', file) !== key) return;
      // sha256sum reads exactly these bytes, so text with escapes cannot be used.
      const at = (file.get('hashValue') ?? -1) + 1;
      found.push({ text: Buffer.from(this.bytes.subarray(at, at + HASH_BYTES)).toString('latin1'), at });
    });
    return found;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function refuse(problem: string): never {
  throw new UserMistake(
    `${problem}: no evidence was written.`,
    'Run `trailmill verify` for its day to see what is wrong.',
  );
}
