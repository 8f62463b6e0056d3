/** What only a store on disk can get wrong. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ObjectChanged,
  ObjectNotFound,
  StorageAccessDenied,
  StorageUnavailable,
  UserMistake,
} from '../../../errors/index.js';
import { createFileStore } from '../../../storage/file.js';
import { fileError } from '../../../storage/file-errors.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { checkReadable, openStore } from '../../../storage/open.js';

let root: string;
let store: ObjectStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trailmill-file-'));
  store = createFileStore(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function keys(prefix = '', delimiter?: '/'): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list(prefix, { delimiter })) {
    found.push(...page.objects.map(({ key }) => key), ...page.prefixes);
  }
  return found;
}

test('leaves no temporary files, whether a write wins or loses', async () => {
  await store.put('d/k', Buffer.from('1'), { ifNoneMatch: '*' });
  await expect(store.put('d/k', Buffer.from('2'), { ifNoneMatch: '*' })).rejects.toThrow('already exists');
  await store.put('d/k', Buffer.from('3'));
  expect(readdirSync(join(root, 'd'))).toEqual(['k']);
});

test('hides what a killed writer left, the metadata and empty directories', async () => {
  mkdirSync(join(root, 'd/empty/deeper'), { recursive: true });
  writeFileSync(join(root, 'd/.trailmill-0123456789abcdef.tmp'), 'half');
  expect(await keys('', '/')).toEqual([]);
  await store.put('k', Buffer.from('1'), { metadata: { a: 'b' } });
  expect(await keys()).toEqual(['k']);
  expect(readdirSync(join(root, '.metadata'))).toEqual(['k.json']);
});

test('reads metadata written by hand', async () => {
  mkdirSync(join(root, '.metadata/d'), { recursive: true });
  mkdirSync(join(root, 'd'));
  writeFileSync(join(root, 'd/k'), 'x');
  writeFileSync(join(root, '.metadata/d/k.json'), '{"Signature": "abc", "n": 1}');
  expect((await store.head('d/k')).metadata).toEqual({ signature: 'abc', n: '1' });
  writeFileSync(join(root, '.metadata/d/k.json'), '[');
  await expect(store.head('d/k')).rejects.toThrow('is not JSON');
});

test('an ETag follows a file that is changed in place', async () => {
  await store.put('k', Buffer.from('1'));
  const first = await store.head('k');
  appendFileSync(join(root, 'k'), '2');
  const second = await store.head('k');
  expect(second.size).toBe(2);
  expect(second.etag).not.toBe(first.etag);
  for await (const page of store.list('')) expect(page.objects[0].etag).toBe(second.etag);
});

test('a file that is too large to be read is listed at once, by its size and time', async () => {
  // It has no blocks on the disk; to read it would take hours.
  const path = join(root, 'k');
  writeFileSync(path, '');
  truncateSync(path, 2 ** 40);
  const etagOf = async (): Promise<string> => {
    for await (const { objects } of store.list('')) return objects[0].etag;
    return '';
  };
  const first = await etagOf();
  expect((await store.head('k')).etag).toBe(first);
  expect((await store.head('k')).size).toBe(2 ** 40);
  truncateSync(path, 2 ** 40 + 1);
  expect(await etagOf()).not.toBe(first);
});

test('a file that has grown or shrunk since it was listed is another one, and is not read', async () => {
  await store.put('k', Buffer.from('one'));
  const { etag, size } = await store.head('k');
  expect((await store.get('k', { ifMatch: etag, size })).body.toString()).toBe('one');
  for (const now of [2 ** 40, 2, 0]) {
    truncateSync(join(root, 'k'), now);
    await expect(store.get('k', { ifMatch: etag, size })).rejects.toBeInstanceOf(ObjectChanged);
  }
});

test('follows symbolic links; one to nothing is not listed, one that leads back is a mistake', async () => {
  await store.put('real/k', Buffer.from('1'));
  symlinkSync(join(root, 'real/k'), join(root, 'file-link'));
  symlinkSync(join(root, 'real'), join(root, 'folder-link'));
  symlinkSync(join(root, 'gone'), join(root, 'broken'));
  expect(await keys()).toEqual(['file-link', 'folder-link/k', 'real/k']);
  symlinkSync(root, join(root, 'real/loop'));
  await expect(keys()).rejects.toThrow('points to one of its parent directories');
});

test('a key cannot be a file and a folder', async () => {
  await store.put('a', Buffer.from('1'));
  await expect(store.put('a/b', Buffer.from('1'))).rejects.toBeInstanceOf(UserMistake);
  await expect(store.put('a/b/c', Buffer.from('1'), { ifNoneMatch: '*' })).rejects.toBeInstanceOf(UserMistake);
  await store.put('d/e', Buffer.from('1'));
  await expect(store.put('d', Buffer.from('1'))).rejects.toBeInstanceOf(UserMistake);
  await expect(store.put('d', Buffer.from('1'), { ifNoneMatch: '*' })).rejects.toBeInstanceOf(UserMistake);
  expect(await keys()).toEqual(['a', 'd/e']);
});

test('a file name that is not UTF-8 is named, not left out', async () => {
  writeFileSync(Buffer.concat([Buffer.from(`${root}/x`), Buffer.from([0xff])]), '');
  await expect(keys()).rejects.toThrow('not valid UTF-8');
});

test('a root that does not exist is an empty store, and can be written to', async () => {
  store = createFileStore(join(root, 'not/yet'));
  expect(await keys()).toEqual([]);
  await store.put('k', Buffer.from('1'));
  expect(await keys()).toEqual(['k']);
});

test('a name that is too long for the disk is a mistake', async () => {
  await expect(store.put('x'.repeat(300), Buffer.from('1'))).rejects.toBeInstanceOf(UserMistake);
});

test.each([
  ['ENOENT', ObjectNotFound],
  ['ENOTDIR', ObjectNotFound],
  ['EACCES', StorageAccessDenied],
  ['EROFS', StorageAccessDenied],
  ['ENOSPC', StorageUnavailable],
  ['EIO', StorageUnavailable],
  ['EMFILE', StorageUnavailable],
  ['ESTALE', StorageUnavailable],
  ['ELOOP', UserMistake],
])('%s', (code, expected) => {
  expect(fileError(Object.assign(new Error(code), { code }), '/x')).toBeInstanceOf(expected);
});

test('a defect stays what it is', () => {
  const defect = new TypeError('x is undefined');
  expect(fileError(defect, '/x')).toBe(defect);
});

describe('openStore', () => {
  test('takes file URIs and paths', () => {
    expect(openStore('file:///srv/my%20logs/').uri).toBe('file:///srv/my%20logs');
    expect(openStore('/srv/my logs').uri).toBe('file:///srv/my%20logs');
    expect(openStore('./x').uri).toBe(`file://${process.cwd()}/x`);
  });

  test('takes addresses of buckets', () => {
    expect(openStore('s3://bucket/x/?region=eu-west-1').uri).toBe('s3://bucket/x');
    expect(openStore('s3a://bucket').uri).toBe('s3://bucket');
  });

  test.each(['s3://', 's3://x', 'gs://x', 'memory://x', 'http://x', 'file://host/x', '', ' '])('refuses %j', (uri) => {
    expect(() => openStore(uri)).toThrow(UserMistake);
  });

  test('says what to do instead', () => {
    expect(() => openStore('gs://b')).toThrow(expect.objectContaining({ cure: expect.stringContaining('file:///') }));
  });
});

test('checkReadable', async () => {
  await checkReadable(root);
  await checkReadable(store.uri);
  await expect(checkReadable(join(root, 'no'))).rejects.toThrow('does not exist');
  writeFileSync(join(root, 'f'), '');
  await expect(checkReadable(join(root, 'f'))).rejects.toThrow('is not a directory');
});
