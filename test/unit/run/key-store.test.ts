/** The public keys of digests in the warehouse. */

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Damaged, TableUnusable, UserMistake } from '../../../errors';
import { keyOf, type PublicKey, pemOf, pkcs1Of } from '../../../integrity/keys';
import { loadKeys, storedKeyKey, storeKeys, storeKeysOfFolder } from '../../../run/key-store';
import { createMemoryStore } from '../../../storage/memory';
import type { ObjectStore } from '../../../storage/object-store';

function newKey(validFrom?: number, validTo?: number): PublicKey {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  const key = keyOf({ der: publicKey.export({ type: 'pkcs1', format: 'der' }), validFrom, validTo });
  if (typeof key === 'string') throw new Error(key);
  return key;
}

const CLOUDTRAIL = { from: 'cloudtrail', region: 'eu-west-1' } as const;
const NOW = Date.UTC(2024, 2, 5);

let warehouse: ObjectStore;
beforeEach(() => {
  warehouse = createMemoryStore('warehouse');
});

const stored = async (fingerprint: string) =>
  JSON.parse((await warehouse.get(storedKeyKey(fingerprint))).body.toString('utf8'));

it('returns the stored keys, and leaves out the others', async () => {
  const [a, b, c] = [newKey(1_000, 2_000), newKey(), newKey()];
  await storeKeys(warehouse, [a, b], CLOUDTRAIL, NOW);
  const ring = await loadKeys(warehouse, [a.fingerprint, b.fingerprint, c.fingerprint, a.fingerprint]);
  expect([...ring.keys()].sort()).toEqual([a.fingerprint, b.fingerprint].sort());
  const { key, ...rest } = ring.get(a.fingerprint) as PublicKey;
  expect(key.equals(a.key)).toBe(true);
  expect(rest).toEqual({ fingerprint: a.fingerprint, der: a.der, validFrom: 1_000, validTo: 2_000 });
  expect(ring.get(b.fingerprint)).not.toHaveProperty('validFrom');
});

it('records where a key is from and when it was stored, with a PEM for other programs', async () => {
  const [a, b] = [newKey(1_000, 2_000), newKey()];
  await storeKeys(warehouse, [a], CLOUDTRAIL, NOW);
  await storeKeys(warehouse, [b], { from: 'folder' }, NOW);
  expect(await stored(a.fingerprint)).toEqual({
    format: 1,
    fingerprint: a.fingerprint,
    pem: pemOf(a),
    validFrom: 1_000,
    validTo: 2_000,
    origin: CLOUDTRAIL,
    storedAt: NOW,
  });
  expect(await stored(b.fingerprint)).toMatchObject({ origin: { from: 'folder' } });
});

it('has one key after two concurrent writers, and keeps the first origin', async () => {
  const key = newKey();
  await Promise.all([
    storeKeys(warehouse, [key], CLOUDTRAIL, NOW),
    storeKeys(warehouse, [key], { from: 'folder' }, NOW + 1),
  ]);
  const first = await stored(key.fingerprint);
  await storeKeys(warehouse, [newKey(), key], { from: 'folder' }, NOW + 2);
  expect(await stored(key.fingerprint)).toEqual(first);
});

it('does not replace a key by another one with its fingerprint', async () => {
  const [key, other] = [newKey(), newKey()];
  await storeKeys(warehouse, [key], CLOUDTRAIL, NOW);
  // Like two keys with the same MD5.
  const storing = storeKeys(warehouse, [{ ...other, fingerprint: key.fingerprint }], CLOUDTRAIL, NOW);
  await expect(storing).rejects.toThrow(Damaged);
  await expect(storing).rejects.toThrow(
    `memory://warehouse/_trailmill/keys/${key.fingerprint}.json, a public key of CloudTrail, cannot be used: it contains another key with the same fingerprint.`,
  );
  expect((await loadKeys(warehouse, [key.fingerprint])).get(key.fingerprint)?.der).toEqual(key.der);
});

it.each<[string, (text: string, other: PublicKey) => string, string]>([
  ['the file of another key', (_, other) => fileOf(other), 'it contains the key'],
  [
    'another key',
    (text, other) => JSON.stringify({ ...JSON.parse(text), pem: pemOf(other) }),
    'its key has the fingerprint',
  ],
  ['another fingerprint', (text, { fingerprint }) => text.replace(/[0-9a-f]{32}/, fingerprint), 'it contains the key'],
  ['no key', (text) => text.replace(/MI[A-Za-z0-9+/]{20}/, ''), 'it is not a public key'],
  ['no JSON', () => 'key', 'cannot be used'],
  ['nothing', () => '', 'cannot be used'],
])('refuses a file that contains %s', async (_, change, message) => {
  const key = newKey();
  await storeKeys(warehouse, [key], CLOUDTRAIL, NOW);
  const text = (await warehouse.get(storedKeyKey(key.fingerprint))).body.toString('utf8');
  await warehouse.put(storedKeyKey(key.fingerprint), Buffer.from(change(text, newKey())));
  const loading = loadKeys(warehouse, [key.fingerprint]);
  await expect(loading).rejects.toThrow(Damaged);
  await expect(loading).rejects.toThrow(message);
});

const fileOf = (key: PublicKey): string =>
  JSON.stringify({ format: 1, fingerprint: key.fingerprint, pem: pemOf(key), origin: { from: 'folder' }, storedAt: 0 });

it('refuses the key of a newer version, and names the file', async () => {
  const key = newKey();
  await warehouse.put(storedKeyKey(key.fingerprint), Buffer.from(JSON.stringify({ format: 9 })));
  const loading = loadKeys(warehouse, [key.fingerprint]);
  await expect(loading).rejects.toThrow(TableUnusable);
  await expect(loading).rejects.toThrow(`${key.fingerprint}.json: This public key has format 9`);
});

it('reads nothing outside of the keys, whatever the fingerprint in a digest', async () => {
  await warehouse.put('secret.json', Buffer.from('{}'));
  const names = ['', '../../secret', 'A'.repeat(32), `${'0'.repeat(32)}\n`, '__proto__'];
  expect(await loadKeys(warehouse, names)).toEqual(new Map());
});

describe('a directory of keys', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-keys-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const place = 'log_source.yml:3  integrity.keys';

  it('is stored completely, with the validity if a file has it', async () => {
    const [a, b] = [newKey(), newKey()];
    writeFileSync(join(directory, 'a.pem'), pemOf(a));
    writeFileSync(join(directory, 'both.json'), JSON.stringify({ PublicKeyList: [described(a), described(b)] }));
    writeFileSync(join(directory, 'c.pem'), pemOf(a));
    writeFileSync(join(directory, '.hidden'), 'no key');
    await storeKeysOfFolder(warehouse, { directory, place }, NOW);
    const ring = await loadKeys(warehouse, [a.fingerprint, b.fingerprint]);
    expect([...ring.values()].map(({ validFrom }) => validFrom)).toEqual([1_700_000_000_000, 1_700_000_000_000]);
    expect(await stored(a.fingerprint)).toMatchObject({ origin: { from: 'folder' }, storedAt: NOW });
  });

  const described = ({ key, fingerprint }: PublicKey) => ({
    Value: pkcs1Of(key.export({ type: 'spki', format: 'der' })).toString('base64'),
    ValidityStartTime: 1_700_000_000,
    Fingerprint: fingerprint,
  });

  it.each<[string, () => void, string]>([
    [
      'a file without a key',
      () => writeFileSync(join(directory, 'README'), 'Keys.'),
      '/README: it is not a public key.',
    ],
    ['no file', () => {}, ' has no files.'],
    [
      'a file that is too large',
      () => writeFileSync(join(directory, 'a'), Buffer.alloc(2 ** 20 + 1)),
      '/a is larger than 1 MiB.',
    ],
    ['a pipe', () => execFileSync('mkfifo', [join(directory, 'a')]), '/a is not a file.'],
    ['a link to nothing', () => symlinkSync('nothing', join(directory, 'a')), ' does not exist.'],
    ['no directory', () => rmSync(directory, { recursive: true }), ' does not exist.'],
  ])('with %s is a mistake with file and line, and nothing is stored', async (_, make, message) => {
    make();
    const storing = storeKeysOfFolder(warehouse, { directory, place }, NOW);
    await expect(storing).rejects.toThrow(UserMistake);
    await expect(storing).rejects.toThrow(/^log_source\.yml:3 {2}integrity\.keys: /);
    await expect(storing).rejects.toThrow(message);
    for await (const { objects } of warehouse.list('')) expect(objects).toEqual([]);
  });

  it('that is a file is said to be one', async () => {
    writeFileSync(join(directory, 'a'), '');
    const storing = storeKeysOfFolder(warehouse, { directory: join(directory, 'a'), place }, NOW);
    await expect(storing).rejects.toThrow(`${join(directory, 'a')} is not a directory.`);
  });
});
