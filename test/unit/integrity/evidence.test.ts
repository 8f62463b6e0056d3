/** Evidence that would prove nothing is never written. The commands of its README run in test/integration/integrity/evidence. */
import { generateKeyPairSync } from 'node:crypto';
import { UserMistake } from '../../../errors/index.js';
import { type EvidenceSource, evidenceFiles } from '../../../integrity/evidence.js';
import { type DigestContent, type SigningKey, signingKey } from '../../support/digest-files.js';
import { evidenceIn, evidenceOfSample, signedAgain } from '../../support/evidence.js';

let first: EvidenceSource;
let last: EvidenceSource;
beforeAll(async () => {
  ({ first, last } = await evidenceOfSample());
});

function strangerKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return signingKey(String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
}

const textOf = (source: EvidenceSource, name: string): string =>
  Buffer.from(evidenceFiles(source).find((file) => file.name === name)?.bytes ?? []).toString();

it('has the record, its log file, the digest, the signed text, the signature and the key', () => {
  const files = evidenceFiles(last);
  expect(files.map(({ name }) => name)).toEqual([
    ...['README.md', 'record.json', 'log.json', 'digest.json', 'signed.txt', 'signature.bin', 'public-key.pem'],
  ]);
  expect(JSON.parse(textOf(last, 'record.json'))).toMatchObject({ eventID: last.event });
  expect(JSON.parse(textOf(last, 'log.json')).Records).toContainEqual(JSON.parse(textOf(last, 'record.json')));
  expect(textOf(last, 'public-key.pem')).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  expect(textOf(last, 'signed.txt').split('\n')).toEqual([
    ...[expect.stringMatching(/^2024-/), expect.stringContaining('/CloudTrail-Digest/')],
    ...[expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{512}$/)],
  ]);
});

it('is short, and names the event, the files and the key', () => {
  const readme = textOf(last, 'README.md');
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  expect(readme).toContain(last.event);
  expect(readme).toContain(`s3://${last.log.bucket}/${last.log.key}`);
  expect(readme).toContain('aws cloudtrail list-public-keys --region us-east-1 --start-time 2024-0');
  expect(readme).toContain(JSON.parse(Buffer.from(last.digest.bytes).toString()).digestPublicKeyFingerprint);
});

it('uses the digest’s entry of this log file, even if another one has the same content', () => {
  const content = JSON.parse(Buffer.from(last.digest.bytes).toString()) as DigestContent;
  const [name] = content.logFiles;
  const twice = { ...content, logFiles: [{ ...name, s3Object: 'another' }, ...content.logFiles] };
  const source = signedAgain(last, twice, strangerKey());
  const bytes = Buffer.from(source.digest.bytes);
  const [, offset] = /at byte (\d+) /.exec(textOf(source, 'README.md')) ?? [];
  const entry = bytes.subarray(0, Number(offset)).lastIndexOf('"s3Object"');
  expect(bytes.subarray(entry).toString()).toContain(`"s3Object":${JSON.stringify(last.log.key)},"hashValue"`);
  expect(bytes.subarray(entry, entry + 20).toString()).not.toContain('another');
});

describe('is refused', () => {
  const edited = (bytes: Uint8Array, from: string | RegExp, to: string): Buffer => {
    const text = Buffer.from(bytes).toString();
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    return Buffer.from(changed);
  };

  it.each<[string, (source: EvidenceSource) => Partial<EvidenceSource>, RegExp]>([
    [
      'for a log file that was changed',
      ({ log }) => ({ log: { ...log, bytes: edited(log.bytes, '"eventName":"', '"eventName":"X') } }),
      /^The SHA-256 of the log file .* is [0-9a-f]{64}, but the digest .* says [0-9a-f]{64}: no evidence was written/,
    ],
    [
      'for a log file that the digest does not list',
      ({ log }) => ({ log: { ...log, key: `${log.key}.x` } }),
      /does not list the log file .*\.json\.gz\.x:/,
    ],
    [
      'for a log file of another bucket',
      ({ log }) => ({ log: { ...log, bucket: 'other' } }),
      /does not list the log file other\//,
    ],
    [
      'for a digest that was changed',
      ({ digest }) => ({ digest: { ...digest, bytes: edited(digest.bytes, /\}$/, ' }') } }),
      /^The signature of the digest .*\/CloudTrail-Digest\/.* is not valid for this key:/,
    ],
    [
      'with the signature of another digest',
      ({ digest }) => ({ digest: { ...digest, signature: first.digest.signature } }),
      /^The signature of the digest .* is not valid/,
    ],
    [
      'with a signature that is not hexadecimal',
      ({ digest }) => ({ digest: { ...digest, signature: `${digest.signature.slice(2)}zz` } }),
      /^The signature of the digest .* is not valid/,
    ],
    [
      'with another key',
      ({ publicKey }) => ({
        publicKey: { ...publicKey, key: strangerKey().publicKey },
      }),
      /^The signature of the digest .* is not valid/,
    ],
    [
      'for an invalid digest',
      ({ digest }) => ({ digest: { ...digest, bytes: Buffer.from('{"Records":') } }),
      /^The digest cannot be read \(/,
    ],
    [
      'for the range of another record',
      ({ log }) => ({ record: evidenceIn(Buffer.from(log.bytes), 1).record }),
      /^Bytes \d+ to \d+ of the log file .* are not the record of the event /,
    ],
    ['for a range that ends too early', ({ record: { from, to } }) => ({ record: { from, to: to - 1 } }), /^Bytes /],
    ['for a range outside of the file', ({ log }) => ({ record: { from: 0, to: log.bytes.length + 1 } }), /^Bytes /],
  ])('%s', (_name, change, message) => {
    const source = { ...last, ...change(last) };
    expect(() => evidenceFiles(source)).toThrow(UserMistake);
    expect(() => evidenceFiles(source)).toThrow(message);
  });
});
