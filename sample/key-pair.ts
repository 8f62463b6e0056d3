/** An RSA key pair that is determined by the seed, so that the signed digests of a sample are reproducible. */
import { checkPrimeSync, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { MILLIS_A_DAY } from '../cloudtrail/decoder/timestamp.js';
import { isoTime } from './identities.js';
import type { Random } from './random.js';

/** The key pair that signs the digests. */
export interface KeyPair {
  privateKey: KeyObject;
  /** PKCS#1 DER: the format in which CloudTrail's ListPublicKeys returns it. */
  publicKeyDer: Buffer;
  /** Fingerprint that identifies the key in digests. */
  fingerprint: string;
}

/** A key pair and when it comes into use, milliseconds since the epoch. */
export interface KeyPeriod {
  from: number;
  keys: KeyPair;
}

/** How long the last key is valid, from the start of the sample. */
const VALID_MS = 3_660 * MILLIS_A_DAY;

const EXPONENT = 65537n;
const PRIME_BYTES = 128;
/**
 * Five of six candidates are divisible by one of these. Checking that takes a hundredth of the time of a primality
 * test.
 */
const SMALL_PRIMES = primesBelow(1_000);
const ALL_SMALL_PRIMES = SMALL_PRIMES.reduce((product, small) => product * small, 1n);

/** Generates a 2,048-bit key pair from random numbers. */
export function keyPairOf(random: Random): KeyPair {
  const p = prime(random);
  let q = prime(random);
  while (q === p) q = prime(random);
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const jwk = {
    kty: 'RSA',
    n: base64url(p * q),
    e: base64url(EXPONENT),
    d: base64url(d),
    p: base64url(p),
    q: base64url(q),
    dp: base64url(d % (p - 1n)),
    dq: base64url(d % (q - 1n)),
    qi: base64url(inverse(q, p)),
  };
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const publicKeyDer = createPublicKey(privateKey).export({ type: 'pkcs1', format: 'der' });
  return { privateKey, publicKeyDer, fingerprint: createHash('md5').update(publicKeyDer).digest('hex') };
}

/**
 * Returns the key files of a sample: the public keys in the format of `aws cloudtrail list-public-keys`, each valid
 * until the next one comes into use, and the private ones as PEM, in a separate directory, which `--keys` does not
 * read.
 */
export function keyFilesOf(periods: readonly KeyPeriod[]): [name: string, text: string][] {
  const list = {
    PublicKeyList: periods.map(({ from, keys }, index) => ({
      Value: keys.publicKeyDer.toString('base64'),
      ValidityStartTime: isoTime(from),
      ValidityEndTime: new Date(periods[index + 1]?.from ?? periods[0].from + VALID_MS).toISOString(),
      Fingerprint: keys.fingerprint,
    })),
  };
  return [
    ['public-keys.json', `${JSON.stringify(list, null, 2)}\n`],
    ...periods.map(({ keys }, index): [string, string] => [
      `private/key${index === 0 ? '' : `-${index + 1}`}.pem`,
      String(keys.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    ]),
  ];
}

/** A 1,024-bit prime with its two highest bits set, so that the product has 2,048 bits. */
function prime(random: Random): bigint {
  for (;;) {
    const bytes = random.bytes(PRIME_BYTES);
    bytes[0] |= 0xc0;
    bytes[PRIME_BYTES - 1] |= 1;
    const candidate = BigInt(`0x${bytes.toString('hex')}`);
    const rest = candidate % ALL_SMALL_PRIMES;
    if (SMALL_PRIMES.some((small) => rest % small === 0n)) continue;
    if (candidate % EXPONENT !== 1n && checkPrimeSync(candidate)) return candidate;
  }
}

/** Those that are odd. */
function primesBelow(limit: number): bigint[] {
  const found: number[] = [];
  for (let n = 3; n < limit; n += 2) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found.map(BigInt);
}

/** The inverse of `a` modulo `m` (extended Euclid). */
function inverse(a: bigint, m: bigint): bigint {
  let [oldR, r] = [a % m, m];
  let [oldS, s] = [1n, 0n];
  while (r !== 0n) {
    const quotient = oldR / r;
    [oldR, r] = [r, oldR - quotient * r];
    [oldS, s] = [s, oldS - quotient * s];
  }
  return ((oldS % m) + m) % m;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex').toString('base64url');
}
