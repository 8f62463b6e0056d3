/**
 * The public keys of CloudTrail digests, in all common formats.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PublicKey.html
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { UserMistake } from '../errors/index.js';

/** A public key. Times are in milliseconds since the epoch. */
export interface PublicKey {
  /** MD5 of the PKCS#1 DER, lowercase hex. Digests and CloudTrail identify keys by it. */
  fingerprint: string;
  /** SubjectPublicKeyInfo. */
  der: Buffer;
  key: KeyObject;
  /** The period in which CloudTrail signs with it, if known. */
  validFrom?: number;
  validTo?: number;
}

/** Public keys by fingerprint. */
export type KeyRing = ReadonlyMap<string, PublicKey>;

/** A public key as CloudTrail describes it. Values that the description does not have are absent. */
export interface DescribedKey {
  der: Buffer;
  validFrom?: number;
  validTo?: number;
  fingerprint?: string;
}

/** Matches a fingerprint as it is in digests. */
export const FINGERPRINT = /^[0-9a-f]{32}$/;

/** CloudTrail's keys have 2048 bits; a modulus below this can be factored, and OpenSSL rejects one above. */
const BITS = { least: 1_024, most: 16_384 };
const FORMATS = 'PEM, DER or base64, or the output of aws cloudtrail list-public-keys';
const CURE = `Allowed: an RSA public key as ${FORMATS}. Replace the file, or remove it.`;

const PRIVATE = 'it contains a private key. Only the public key is needed; keep the private key secret';

/** Why something is not a public key of CloudTrail, for the end of a sentence, without a period. */
class NotAKey extends Error {}

/** Parses a file with public keys, at least one. Throws `UserMistake` with its `name` for anything else. */
export function parseKeys(content: Uint8Array, name: string): PublicKey[] {
  try {
    return keysIn(Buffer.from(content));
  } catch (error) {
    if (error instanceof NotAKey) throw new UserMistake(`${name}: ${error.message}.`, CURE);
    throw error;
  }
}

/**
 * Creates the key that CloudTrail describes; returns the reason, as the end of a sentence, if it is not a valid RSA
 * key.
 */
export function keyOf(described: DescribedKey): PublicKey | string {
  try {
    return checkedKey(described);
  } catch (error) {
    if (error instanceof NotAKey) return error.message;
    throw error;
  }
}

/** The key as PEM (SubjectPublicKeyInfo), as `openssl dgst -verify` reads it. */
export function pemOf({ der }: Pick<PublicKey, 'der'>): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}

function keysIn(content: Buffer): PublicKey[] {
  // The tag of a SEQUENCE, which every DER key begins with. Its character, 0, begins neither PEM nor JSON nor base64 of DER.
  if (content[0] === 0x30) return [checkedKey({ der: content })];
  const text = content
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  if (text === '') throw new NotAKey('it is empty');
  if (text.startsWith('{')) return keysInJson(text);
  if (text.includes('-----BEGIN')) return keysInPem(text);
  const der = fromBase64(text);
  if (der === undefined) throw new NotAKey('it is not a public key');
  return [checkedKey({ der })];
}

const PEM_BLOCK = /-----BEGIN ([^\n-]*)-----([^-]*)-----END ([^\n-]*)-----/g;

function keysInPem(text: string): PublicKey[] {
  const blocks = [...text.matchAll(PEM_BLOCK)];
  if (blocks.length !== text.split('-----BEGIN').length - 1) throw new NotAKey('its PEM is incomplete');
  return blocks.map(([, label, body, end]) => {
    if (label !== 'PUBLIC KEY' && label !== 'RSA PUBLIC KEY') throw new NotAKey(wrongLabel(label));
    const der = fromBase64(body);
    if (der === undefined || end !== label) throw new NotAKey('its PEM is incomplete');
    return checkedKey({ der });
  });
}

function wrongLabel(label: string): string {
  if (label.endsWith('PRIVATE KEY')) return PRIVATE;
  if (label.endsWith('CERTIFICATE')) return 'it contains a certificate. CloudTrail publishes keys without certificates';
  return `it contains a PEM block that is not a public key: ${JSON.stringify(label.slice(0, 40))}`;
}

/** `undefined` if the text is not base64. Line breaks and spaces are allowed. */
function fromBase64(text: string): Buffer | undefined {
  const compact = text.replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(compact) ? Buffer.from(compact, 'base64') : undefined;
}

function keysInJson(text: string): PublicKey[] {
  let list: unknown;
  try {
    list = (JSON.parse(text) as Record<string, unknown>).PublicKeyList;
  } catch {
    throw new NotAKey('it is not valid JSON');
  }
  if (!Array.isArray(list)) throw new NotAKey('its JSON has no PublicKeyList');
  if (list.length === 0) {
    throw new NotAKey(
      'its PublicKeyList is empty. Call aws cloudtrail list-public-keys with --start-time and --end-time',
    );
  }
  return list.map((entry, index) => {
    try {
      return checkedKey(describedIn(entry));
    } catch (error) {
      if (error instanceof NotAKey) throw new NotAKey(`PublicKeyList[${index}]: ${error.message}`);
      throw error;
    }
  });
}

function describedIn(entry: unknown): DescribedKey {
  const { Value, ValidityStartTime, ValidityEndTime, Fingerprint } = Object(entry) as Record<string, unknown>;
  const der = typeof Value === 'string' ? fromBase64(Value) : undefined;
  if (der === undefined) throw new NotAKey('its Value is not base64');
  if (Fingerprint !== undefined && typeof Fingerprint !== 'string') throw new NotAKey('its Fingerprint is not text');
  return {
    der,
    fingerprint: Fingerprint,
    validFrom: timeOf(ValidityStartTime, 'ValidityStartTime'),
    validTo: timeOf(ValidityEndTime, 'ValidityEndTime'),
  };
}

/** With a zone, as the AWS CLI writes it: without one, it would be a different time on every machine. */
const ISO_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** Version 2 of the AWS CLI writes ISO 8601, version 1 seconds since the epoch. */
function timeOf(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  let time = Number.NaN;
  if (typeof value === 'number') time = Math.round(value * 1_000);
  else if (typeof value === 'string' && ISO_TIME.test(value)) time = Date.parse(value.replace(' ', 'T'));
  if (Number.isNaN(new Date(time).getTime()))
    throw new NotAKey(`its ${name} is neither an ISO 8601 time with a zone nor seconds since the epoch`);
  return time;
}

function checkedKey({ der: given, validFrom, validTo, fingerprint: named }: DescribedKey): PublicKey {
  const key = keyIn(given, 'spki') ?? keyIn(given, 'pkcs1');
  if (key === undefined) throw new NotAKey('it is not a public key');
  if (key.asymmetricKeyType !== 'rsa')
    throw new NotAKey(`it has a key of type ${key.asymmetricKeyType}, but CloudTrail signs with RSA`);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < BITS.least || bits > BITS.most)
    throw new NotAKey(
      `its key has ${bits} bits, but CloudTrail's keys have 2048 (${BITS.least} to ${BITS.most} are accepted)`,
    );
  const der = key.export({ type: 'spki', format: 'der' });
  const pkcs1 = pkcs1Of(der);
  // OpenSSL ignores what follows the key, and accepts notations of it that are not DER.
  if (!given.equals(der) && !given.equals(pkcs1))
    throw new NotAKey(isPrivate(given) ? PRIVATE : 'it contains more than a public key, or is not in DER format');
  const fingerprint = createHash('md5').update(pkcs1).digest('hex');
  if (named !== undefined && named.toLowerCase() !== fingerprint)
    throw new NotAKey(
      `its key has the fingerprint ${fingerprint}, but the file says ${JSON.stringify(named.slice(0, 40))}`,
    );
  if (validFrom !== undefined && validTo !== undefined && validFrom > validTo)
    throw new NotAKey('the validity of its key ends before it begins');
  return {
    fingerprint,
    der,
    key,
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validTo === undefined ? {} : { validTo }),
  };
}

/** The AlgorithmIdentifier of RSA keys in SubjectPublicKeyInfo (RFC 3279, section 2.3.1). */
const RSA_ALGORITHM = Buffer.from('300d06092a864886f70d0101010500', 'hex');

/** The PKCS#1 DER in the SubjectPublicKeyInfo of an RSA key. Node 24 cannot export public keys that it has parsed as PKCS#1. */
export function pkcs1Of(spki: Buffer): Buffer {
  const at = spki.indexOf(RSA_ALGORITHM) + RSA_ALGORITHM.length;
  const length = spki[at + 1];
  // A BIT STRING: tag, length, and the number of unused bits, which is 0.
  return spki.subarray(at + 2 + (length & 0x80 ? length & 0x7f : 0) + 1);
}

/** `undefined` if OpenSSL does not accept the bytes. */
function keyIn(der: Buffer, type: 'spki' | 'pkcs1'): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type });
  } catch {
    return undefined;
  }
}

/** Node.js takes the public part of a private key. */
function isPrivate(der: Buffer): boolean {
  return (['pkcs1', 'pkcs8'] as const).some((type) => {
    try {
      createPrivateKey({ key: der, format: 'der', type });
      return true;
    } catch {
      return false;
    }
  });
}
