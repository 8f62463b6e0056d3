/** Public keys of CloudTrail, in all common formats. */

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { UserMistake } from '../../../errors';
import { keyOf, type PublicKey, parseKeys, pemOf, pkcs1Of } from '../../../integrity/keys';

const { publicKey: KEY, privateKey: PRIVATE } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const PKCS1 = KEY.export({ type: 'pkcs1', format: 'der' });
const SPKI = KEY.export({ type: 'spki', format: 'der' });
const FINGERPRINT = createHash('md5').update(PKCS1).digest('hex');
const OTHER = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
const FILE = 'keys/eu-west-1.pem';

const pem = (key: KeyObject, type: 'spki' | 'pkcs1'): string => String(key.export({ type, format: 'pem' }));
const parse = (content: string | Uint8Array): PublicKey[] => parseKeys(Buffer.from(content as string), FILE);
const wrapped = (der: Buffer): string => der.toString('base64').replace(/.{76}/g, '$&\r\n');

interface Described {
  Value?: unknown;
  ValidityStartTime?: unknown;
  ValidityEndTime?: unknown;
  Fingerprint?: unknown;
}
const list = (...keys: Described[]): string => JSON.stringify({ PublicKeyList: keys });
const VALUE = PKCS1.toString('base64');

/** The reason why a file is refused. */
function refused(content: string | Uint8Array): string {
  try {
    parse(content);
  } catch (error) {
    expect(error).toBeInstanceOf(UserMistake);
    const { message, cure } = error as UserMistake;
    expect(message).toMatch(/^keys\/eu-west-1\.pem: .*\.$/s);
    expect(cure).toBe(
      'Allowed: an RSA public key as PEM, DER or base64, or the output of aws cloudtrail list-public-keys. Replace the file, or remove it.',
    );
    return message.slice(FILE.length + 2, -1);
  }
  throw new Error('it was accepted');
}

describe('a key is the same', () => {
  it.each<[string, string | Buffer]>([
    ['as PEM of PKCS#1', pem(KEY, 'pkcs1')],
    ['as PEM of SPKI', pem(KEY, 'spki')],
    [
      'as PEM with text around it, with Windows line breaks',
      `Key of eu-west-1\r\n${pem(KEY, 'spki').replaceAll('\n', '\r\n')}\r\n`,
    ],
    ['as PEM with a byte order mark', `\uFEFF${pem(KEY, 'spki')}`],
    ['as DER of PKCS#1', PKCS1],
    ['as DER of SPKI', SPKI],
    ['as base64 of PKCS#1', VALUE],
    ['as base64 of SPKI with line breaks', wrapped(SPKI)],
    ['as the AWS CLI prints it', JSON.stringify({ PublicKeyList: [{ Value: VALUE }] }, null, 4)],
    ['as the AWS CLI would print SPKI', list({ Value: SPKI.toString('base64') })],
  ])('%s', (_, content) => {
    const [found, ...others] = parse(content);
    expect(others).toEqual([]);
    expect(found.key.equals(KEY)).toBe(true);
    expect({ ...found, key: undefined }).toEqual({ fingerprint: FINGERPRINT, der: SPKI, key: undefined });
  });
});

it('files with several keys have them all', () => {
  for (const content of [`${pem(KEY, 'spki')}${pem(OTHER, 'pkcs1')}`, list({ Value: VALUE }, { Value: wrapped(SPKI) })])
    expect(parse(content)).toHaveLength(2);
});

// The example of AWS's documentation of ListPublicKeys:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-cli.html
it('the fingerprint is the one that CloudTrail uses', () => {
  const value =
    'MIIBCgKCAQEAn11L2YZ9h7onug2ILi1MWyHiMRsTQjfWE+pHVRLk1QjfWhirG+lpOa8NrwQ/r7Ah5bNL6HepznOU9XTDSfmmnP97mqyc7z/upfZdS/AHhYcGaz7n6Wc/RRBU6VmiPCrAUojuSk6/GjvA8iOPFsYDuBtviXarvuLPlrT9kAd4Lb+rFfR5peEgBEkhlzc5HuWO7S0y+KunqxX6jQBnXGMtxmPBPP0FylgWGNdFtks/4YSKcgqwH0YDcawP9GGGDAeCIqPWIXDLG1jOjRRzWfCmD0iJUkz8vTsn4hq/5ZxRFE7UBAUiVcGbdnDdvVfhF9C3dQiDq3k7adQIziLT0cShgQIDAQAB';
  expect(parse(value)[0].fingerprint).toBe('8eba5db5bea9b640d1c96a77256fe7f2');
});

describe('what the AWS CLI prints has the validity', () => {
  it.each<[string, unknown, unknown]>([
    ['of version 2', '2014-12-14T16:04:20-08:00', '2014-12-24T16:04:20.250000-08:00'],
    ['of version 2 in UTC', '2014-12-15T00:04:20Z', '2014-12-25T00:04:20.25+00:00'],
    ['of version 1', 1_418_601_860, 1_419_465_860.25],
  ])('%s', (_, ValidityStartTime, ValidityEndTime) => {
    const [key] = parse(list({ Value: VALUE, ValidityStartTime, ValidityEndTime, Fingerprint: FINGERPRINT }));
    expect(key).toMatchObject({
      validFrom: Date.UTC(2014, 11, 15, 0, 4, 20),
      validTo: Date.UTC(2014, 11, 25, 0, 4, 20, 250),
    });
  });
});

describe('a file that is not a key is described', () => {
  const { publicKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { publicKey: pss } = generateKeyPairSync('rsa-pss', { modulusLength: 1_024 });
  const weak = generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey;

  it.each<[string, string | Buffer, string]>([
    ['nothing', '', 'it is empty'],
    ['blanks', ' \n', 'it is empty'],
    ['a text', 'Keys of CloudTrail.', 'it is not a public key'],
    ['base64 of something else', Buffer.from('no key at all').toString('base64'), 'it is not a public key'],
    ['half of a key', PKCS1.subarray(0, 100), 'it is not a public key'],
    [
      'a key and more',
      Buffer.concat([PKCS1, Buffer.from([0])]),
      'it contains more than a public key, or is not in DER format',
    ],
    ['half of a PEM', pem(KEY, 'spki').slice(0, 200), 'its PEM is incomplete'],
    ['a PEM with another end', pem(KEY, 'spki').replace('END PUBLIC', 'END RSA PUBLIC'), 'its PEM is incomplete'],
    [
      'a private key',
      String(PRIVATE.export({ type: 'pkcs1', format: 'pem' })),
      'it contains a private key. Only the public key is needed; keep the private key secret',
    ],
    [
      'a private key in DER',
      PRIVATE.export({ type: 'pkcs1', format: 'der' }),
      'it contains a private key. Only the public key is needed; keep the private key secret',
    ],
    [
      'a certificate',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      'it contains a certificate. CloudTrail publishes keys without certificates',
    ],
    [
      'another PEM',
      '-----BEGIN DH PARAMETERS-----\nMIIB\n-----END DH PARAMETERS-----\n',
      'it contains a PEM block that is not a public key: "DH PARAMETERS"',
    ],
    ['an elliptic curve', pem(ec, 'spki'), 'it has a key of type ec, but CloudTrail signs with RSA'],
    ['RSA for PSS only', pem(pss, 'spki'), 'it has a key of type rsa-pss, but CloudTrail signs with RSA'],
    [
      'a key that can be broken',
      pem(weak, 'spki'),
      "its key has 512 bits, but CloudTrail's keys have 2048 (1024 to 16384 are accepted)",
    ],
    ['cut JSON', list({ Value: VALUE }).slice(0, -2), 'it is not valid JSON'],
    ['other JSON', '{"Trails": []}', 'its JSON has no PublicKeyList'],
    [
      'a list without keys',
      list(),
      'its PublicKeyList is empty. Call aws cloudtrail list-public-keys with --start-time and --end-time',
    ],
    ['a list of something else', '{"PublicKeyList": [null]}', 'PublicKeyList[0]: its Value is not base64'],
    ['a list with another key', list({ Value: VALUE }, { Value: 'AAAA' }), 'PublicKeyList[1]: it is not a public key'],
    [
      'a time without its zone',
      list({ Value: VALUE, ValidityStartTime: '2014-12-14T16:04:20' }),
      'PublicKeyList[0]: its ValidityStartTime is neither an ISO 8601 time with a zone nor seconds since the epoch',
    ],
    [
      'an invalid time',
      list({ Value: VALUE, ValidityEndTime: 1e300 }),
      'PublicKeyList[0]: its ValidityEndTime is neither an ISO 8601 time with a zone nor seconds since the epoch',
    ],
    [
      'an invalid validity',
      list({ Value: VALUE, ValidityStartTime: 2, ValidityEndTime: 1 }),
      'PublicKeyList[0]: the validity of its key ends before it begins',
    ],
    [
      'the fingerprint of another key',
      list({ Value: VALUE, Fingerprint: '67b9fa73676d86966b449dd677850753' }),
      `PublicKeyList[0]: its key has the fingerprint ${FINGERPRINT}, but the file says "67b9fa73676d86966b449dd677850753"`,
    ],
  ])('%s', (_, content, expected) => {
    expect(refused(content)).toBe(expected);
  });
});

it('whatever the bytes are, they are keys or a mistake with a cure', () => {
  const seeds = [PKCS1, SPKI, ...[pem(KEY, 'pkcs1'), pem(KEY, 'spki'), VALUE].map((text) => Buffer.from(text))];
  seeds.push(Buffer.from(list({ Value: VALUE, ValidityStartTime: 1, Fingerprint: FINGERPRINT })));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ maxLength: 300 }).map((text) => Buffer.from(text)),
    fc.json().map((json) => Buffer.from(`{"PublicKeyList": [${json}]}`)),
    fc
      .record({
        seed: fc.constantFrom(...seeds),
        at: fc.nat(2_000),
        cut: fc.nat(20),
        put: fc.uint8Array({ maxLength: 20 }),
      })
      .map(({ seed, at, cut, put }) => {
        const from = at % seed.length;
        return Buffer.concat([seed.subarray(0, from), put, seed.subarray(from + cut)]);
      }),
  );
  fc.assert(
    fc.property(bytes, (content) => {
      let keys: PublicKey[] = [];
      try {
        keys = parseKeys(content, FILE);
      } catch (error) {
        expect(error).toBeInstanceOf(UserMistake);
      }
      for (const { der, key, fingerprint } of keys) {
        expect(key.export({ type: 'spki', format: 'der' }).equals(der)).toBe(true);
        expect(
          createHash('md5')
            .update(pkcs1Of(key.export({ type: 'spki', format: 'der' })))
            .digest('hex'),
        ).toBe(fingerprint);
      }
    }),
    { numRuns: 2_000 },
  );
});

const OPENSSL = spawnSync('openssl', ['version']).status === 0;
if (!OPENSSL) {
  const line = '[keys] *** SKIPPED: the comparison with openssl, which is not found.';
  if (process.env.CI) throw new Error(line);
  process.stderr.write(`${line}\n`);
}

(OPENSSL ? describe : describe.skip)('openssl', () => {
  const openssl = (args: string[], input: string | Buffer): Buffer =>
    execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] });

  it.each([1_024, 2_048, 3_072])('writes keys of %d bits that are read, and reads what we write', (bits) => {
    const secret = openssl(['genrsa', String(bits)], '');
    const spki = openssl(['rsa', '-pubout', '-outform', 'DER'], secret);
    const forms = [
      spki,
      openssl(['rsa', '-pubout'], secret),
      openssl(['rsa', '-RSAPublicKey_out'], secret),
      openssl(['rsa', '-RSAPublicKey_out', '-outform', 'DER'], secret),
      openssl(['base64'], spki),
    ];
    const pkcs1 = forms[3];
    const [, md5] = /([0-9a-f]{32})\s*$/.exec(openssl(['dgst', '-md5'], pkcs1).toString()) ?? [];
    for (const form of forms) {
      const [key] = parse(form);
      expect([key.fingerprint, key.der]).toEqual([md5, spki]);
      expect(openssl(['pkey', '-pubin', '-outform', 'DER'], pemOf(key)).equals(spki)).toBe(true);
      expect(pemOf(key)).toBe(openssl(['pkey', '-pubin'], pemOf(key)).toString());
    }
  });
});

it('an invalid description by CloudTrail is a reason, not an error', () => {
  expect(keyOf({ der: PKCS1, fingerprint: FINGERPRINT.toUpperCase(), validFrom: 1 })).toMatchObject({ validFrom: 1 });
  expect(keyOf({ der: Buffer.alloc(0) })).toBe('it is not a public key');
  expect(keyOf({ der: PKCS1, fingerprint: 'f' })).toMatch('its key has the fingerprint');
});

it('a key is the same after conversion to PEM', () => {
  for (const key of [KEY, OTHER]) expect(createPublicKey(pemOf(parse(pem(key, 'pkcs1'))[0])).equals(key)).toBe(true);
});
