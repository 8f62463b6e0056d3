/** Problems that only a store on disk can have. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
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
import { readFileObject } from '../../../storage/file-read.js';
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

test('hides files of a killed writer, metadata and empty directories', async () => {
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
});

test('a file that is too large to be read has an ETag at once, from its size and time', async () => {
  // It has no blocks on the disk; to read it would take hours.
  const path = join(root, 'k');
  writeFileSync(path, '');
  truncateSync(path, 2 ** 40);
  const first = await store.head('k');
  expect(first.size).toBe(2 ** 40);
  const { etag, body } = readFileObject(root, { key: 'k' }, 'etag');
  expect({ etag, body }).toEqual({ etag: first.etag, body: undefined });
  truncateSync(path, 2 ** 40 + 1);
  expect((await store.head('k')).etag).not.toBe(first.etag);
});

test('a listing opens no file: it has sizes and times, and no ETags', async () => {
  await store.put('k', Buffer.from('one'));
  utimesSync(join(root, 'k'), 0, 1.5);
  // Not even one without read permission, unless the tests run as root.
  chmodSync(join(root, 'k'), 0);
  for await (const { objects } of store.list('')) expect(objects).toEqual([{ key: 'k', size: 3, lastModified: 1500 }]);
});

describe('a file that is read without promises', () => {
  const listed = { key: 'd/k', size: 3, lastModified: 1500 };
  const path = (): string => join(root, 'd/k');
  beforeEach(async () => {
    await store.put('d/k', Buffer.from('one'), { metadata: { a: 'b' } });
    utimesSync(path(), 0, 1.5);
  });

  test('is what get returns', async () => {
    const { body, etag, lastModified } = await store.get('d/k', listed);
    expect(readFileObject(root, listed, 'body')).toMatchObject({ body, etag, lastModified });
    expect(readFileObject(root, listed, 'etag')).toMatchObject({ body: undefined, etag, lastModified });
  });

  test.each([
    ['its size', () => appendFileSync(path(), 'x'), listed],
    ['its time', () => utimesSync(path(), 0, 2), listed],
    [
      'its content',
      () => writeFileSync(path(), 'two'),
      { ...listed, etag: createHash('md5').update('one').digest('hex') },
    ],
  ])('is a different one if %s has changed', async (_what, change, as) => {
    change();
    for (const wanted of ['body', 'etag'] as const)
      expect(() => readFileObject(root, as, wanted)).toThrow(ObjectChanged);
    const { etag: ifMatch, size, lastModified } = as as typeof as & { etag?: string };
    await expect(store.get('d/k', { ifMatch, size, lastModified })).rejects.toBeInstanceOf(ObjectChanged);
  });

  test('is the same with another time, if its ETag is known', async () => {
    const { etag } = await store.head('d/k');
    utimesSync(path(), 0, 2);
    expect(readFileObject(root, { ...listed, etag }, 'body')).toMatchObject({ etag, lastModified: 2000 });
    const { size, lastModified } = listed;
    expect((await store.get('d/k', { ifMatch: etag, size, lastModified })).etag).toBe(etag);
  });

  test('has no identifying time if it has only just been written', () => {
    writeFileSync(path(), 'one');
    expect(readFileObject(root, { key: 'd/k' }, 'body').lastModified).toBeUndefined();
    const future = Date.now() / 1000 + 3_600;
    utimesSync(path(), future, future);
    expect(readFileObject(root, { key: 'd/k' }, 'body').lastModified).toBeUndefined();
  });

  test.each([
    ['gone', () => {}, ObjectNotFound],
    ['a folder', () => mkdirSync(path()), ObjectNotFound],
    ['a pipe', () => execFileSync('mkfifo', [path()]), ObjectNotFound],
    ['a link to itself', () => symlinkSync('k', path()), UserMistake],
  ])('has the errors of the port if it is %s', (_what, make, expected) => {
    rmSync(path());
    make();
    expect(() => readFileObject(root, listed, 'body')).toThrow(expected);
  });

  test('is in the store', () => {
    expect(() => readFileObject(root, { key: '../k' }, 'body')).toThrow(UserMistake);
  });
});

test('a file that has grown or shrunk since it was listed has changed, and is not read', async () => {
  await store.put('k', Buffer.from('one'));
  const { etag, size } = await store.head('k');
  expect((await store.get('k', { ifMatch: etag, size })).body.toString()).toBe('one');
  for (const now of [2 ** 40, 2, 0]) {
    truncateSync(join(root, 'k'), now);
    await expect(store.get('k', { ifMatch: etag, size })).rejects.toBeInstanceOf(ObjectChanged);
  }
});

test('follows symbolic links; a dangling link is not listed, a cycle is a mistake', async () => {
  await store.put('real/k', Buffer.from('1'));
  symlinkSync(join(root, 'real/k'), join(root, 'file-link'));
  symlinkSync(join(root, 'real'), join(root, 'folder-link'));
  symlinkSync(join(root, 'gone'), join(root, 'broken'));
  expect(await keys()).toEqual(['file-link', 'folder-link/k', 'real/k']);
  symlinkSync(root, join(root, 'real/loop'));
  await expect(keys()).rejects.toThrow('points to one of its parent directories');
});

test('deleting several objects removes the directories that become empty', async () => {
  const gone = ['plans/a/1/x', 'plans/a/2/y', 'plans/a/z'];
  for (const key of [...gone, 'plans/b/stays', 'kept']) await store.put(key, Buffer.from(key));
  await store.deleteAll(gone);
  expect(readdirSync(root).sort()).toEqual(['kept', 'plans']);
  expect(readdirSync(join(root, 'plans'))).toEqual(['b']);
  await store.deleteAll(['plans/b/stays', 'kept']);
  expect(readdirSync(root)).toEqual([]);
});

test('a write does not fail if another process removes its empty directory at the same time', async () => {
  const other = createFileStore(root);
  let written = 0;
  const remove = async (): Promise<void> => {
    while (written < 50) await other.deleteAll(['a/b/not-there']);
  };
  const write = async (): Promise<void> => {
    for (; written < 50; written++) {
      await store.put('a/b/c', Buffer.from('1'), { ifNoneMatch: '*' });
      await store.delete('a/b/c');
    }
  };
  await Promise.all([write(), remove()]);
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

test('a defect is not changed', () => {
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

  test('says what to use instead', () => {
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
