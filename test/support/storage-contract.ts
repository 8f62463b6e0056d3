/** What the object-store port promises, as tests of an adapter: every adapter has to pass them. */
import { AlreadyExists, ObjectChanged, ObjectNotFound, UserMistake } from '../../errors/index';
import type { ListOptions, ObjectStore } from '../../storage/object-store';

/** A whole listing; each page has something, and not too much. */
export async function listAll(store: ObjectStore, prefix: string, options?: ListOptions) {
  const keys: string[] = [];
  const prefixes: string[] = [];
  for await (const page of store.list(prefix, options)) {
    expect(page.objects.length + page.prefixes.length).toBeLessThanOrEqual(1_000);
    expect(page.objects.length + page.prefixes.length).toBeGreaterThan(0);
    keys.push(...page.objects.map(({ key }) => key));
    prefixes.push(...page.prefixes);
  }
  return { keys, prefixes };
}

export const text = (value: string) => Buffer.from(value);
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

export interface ContractOptions {
  /** S3 can have keys that no disk can store, and they can be read there. */
  anyKeyCanBeRead?: boolean;
}

/** The tests; `create` returns an empty store for each. */
export function storageContract(
  create: () => ObjectStore | Promise<ObjectStore>,
  { anyKeyCanBeRead = false }: ContractOptions = {},
): void {
  let store: ObjectStore;
  beforeEach(async () => {
    store = await create();
  });

  test('returns what was put, with the MD5 as its ETag', async () => {
    const before = Date.now();
    const { etag } = await store.put('a/b.txt', text('hello'), { metadata: { Signature: 'abc' } });
    expect(etag).toBe('5d41402abc4b2a76b9719d911017c592');
    const object = await store.get('a/b.txt');
    expect(object).toMatchObject({ key: 'a/b.txt', size: 5, etag, metadata: { signature: 'abc' } });
    expect(object.body.toString()).toBe('hello');
    expect(object.lastModified).toBeGreaterThan(before - 2_000);
    const { body: _body, ...head } = object;
    expect(await store.head('a/b.txt')).toEqual(head);
    const { metadata: _metadata, etag: _etag, ...info } = head;
    // File stores would have to read the object for its ETag.
    const listed = store.directory === undefined ? { ...info, etag } : info;
    for await (const page of store.list('')) expect(page).toEqual({ objects: [listed], prefixes: [] });
  });

  test('returns a range of an object, cut off at the end of the object', async () => {
    await store.put('k', text('0123456789'));
    const part = async (from: number, length: number) => (await store.getRange('k', { from, length })).toString();
    expect([await part(0, 10), await part(3, 4), await part(9, 1)]).toEqual(['0123456789', '3456', '9']);
    expect([await part(7, 100), await part(10, 1), await part(99, 5)]).toEqual(['789', '', '']);
    (await store.getRange('k', { from: 0, length: 2 })).fill(0);
    expect(await part(0, 2)).toBe('01');
    await expect(store.getRange('nope', { from: 0, length: 1 })).rejects.toBeInstanceOf(ObjectNotFound);
  });

  test('stores empty objects, and keeps its own copy of the bytes', async () => {
    const body = text('first');
    await store.put('k', body);
    body.fill(0);
    (await store.get('k')).body.fill(0);
    expect((await store.get('k')).body.toString()).toBe('first');
    await store.put('empty', new Uint8Array());
    expect(await store.get('empty')).toMatchObject({ size: 0, etag: 'd41d8cd98f00b204e9800998ecf8427e' });
  });

  test('replaces an object with its metadata', async () => {
    await store.put('k', text('one'), { metadata: { v: '1' } });
    await store.put('k', text('two!'), { metadata: { v: '2' } });
    expect(await store.get('k')).toMatchObject({ size: 4, metadata: { v: '2' } });
    await store.put('k', text('three'));
    expect(await store.get('k')).toMatchObject({ size: 5, metadata: {} });
    expect(await listAll(store, '')).toEqual({ keys: ['k'], prefixes: [] });
  });

  test('a missing object is ObjectNotFound; deleting it is not an error', async () => {
    await store.put('there/x', text('x'));
    for (const key of ['nope', 'nope/x', 'there', 'there/y', 'there/x/y']) {
      await expect(store.get(key)).rejects.toBeInstanceOf(ObjectNotFound);
      await expect(store.head(key)).rejects.toBeInstanceOf(ObjectNotFound);
      await store.delete(key);
    }
    await store.delete('there/x');
    await expect(store.get('there/x')).rejects.toBeInstanceOf(ObjectNotFound);
    expect(await listAll(store, '')).toEqual({ keys: [], prefixes: [] });
  });

  test('many objects are deleted together, including missing ones; others stay', async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `d/${index % 3}/${index} x`);
    for (const key of [...keys, 'd/9/stays', 'other']) await store.put(key, text(key), { metadata: { v: '1' } });
    await store.deleteAll([]);
    await store.deleteAll([...keys, 'd/nope', 'no/pe']);
    expect((await listAll(store, '')).keys).toEqual(['d/9/stays', 'other']);
    await store.put(keys[0], text('again'));
    expect((await store.get(keys[0])).metadata).toEqual({});
  });

  test('delete also removes the metadata', async () => {
    await store.put('k', text('one'), { metadata: { v: '1' } });
    await store.delete('k');
    await store.put('k', text('one'), { ifNoneMatch: '*' });
    expect((await store.get('k')).metadata).toEqual({});
  });

  test('a read with another ETag is ObjectChanged', async () => {
    const { etag } = await store.put('k', text('one'));
    expect((await store.get('k', { ifMatch: etag })).body.toString()).toBe('one');
    await store.put('k', text('two'));
    await expect(store.get('k', { ifMatch: etag })).rejects.toBeInstanceOf(ObjectChanged);
  });

  test('of 20 writers with ifNoneMatch, one wins, and its bytes and metadata stay', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        store.put('dir/k', text(`writer ${i}`), { ifNoneMatch: '*', metadata: { writer: String(i) } }),
      ),
    );
    const winners = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [i] : []));
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(AlreadyExists);
    }
    const object = await store.get('dir/k');
    expect(object.body.toString()).toBe(`writer ${winners[0]}`);
    expect(object.metadata).toEqual({ writer: String(winners[0]) });
    expect((await listAll(store, '')).keys).toEqual(['dir/k']);
  });

  test('lists in the order of UTF-8 bytes, across directories', async () => {
    const keys = ['a.b', 'a/b', 'a/b.c', 'a0', 'a/a/z', 'B', '\u{1F600}', '\uFF5E', 'é', 'a/\u{1F600}/x', 'a/\uFF5E'];
    for (const key of keys) await store.put(key, text(key));
    expect((await listAll(store, '')).keys).toEqual([...keys].sort(byBytes));
    expect(await listAll(store, '', { delimiter: '/' })).toEqual({
      keys: keys.filter((key) => !key.includes('/')).sort(byBytes),
      prefixes: ['a/'],
    });
    expect((await listAll(store, 'a/')).keys[0]).toBe('a/a/z');
    expect((await listAll(store, 'a')).keys.slice(0, 2)).toEqual(['a.b', 'a/a/z']);
    expect((await listAll(store, '', { startAfter: 'a/b' })).keys[0]).toBe('a/b.c');
  });

  test('an unknown prefix is an empty listing', async () => {
    await store.put('a/b', text(''));
    for (const prefix of ['nope', 'nope/x/', 'a/b/', 'a//', '/', 'a/b/c', '.metadata/']) {
      expect(await listAll(store, prefix)).toEqual({ keys: [], prefixes: [] });
    }
  });

  test('pages hold 1,000 entries', async () => {
    const keys = Array.from({ length: 2_001 }, (_, i) => `p/${String(i).padStart(5, '0')}`);
    for (let i = 0; i < keys.length; i += 100) {
      await Promise.all(keys.slice(i, i + 100).map((key) => store.put(key, text(key))));
    }
    const sizes: number[] = [];
    for await (const page of store.list('p/')) sizes.push(page.objects.length);
    expect(sizes).toEqual([1_000, 1_000, 1]);
    expect((await listAll(store, 'p/')).keys).toEqual(keys);
    expect((await listAll(store, 'p/01', { startAfter: 'p/01998' })).keys).toEqual(['p/01999']);
  });

  const noText = ['', '\ud800'];
  const notOnDisk = ['../x', 'a/../b', '.', 'a/./b', '/abs', 'a//b', 'a/', 'nul\0', '.metadata/x'];

  test.each([...noText, ...notOnDisk])('does not write the key %j', async (key) => {
    await expect(store.put(key, text(''))).rejects.toBeInstanceOf(UserMistake);
  });

  test.each(anyKeyCanBeRead ? noText : [...noText, ...notOnDisk])('refuses the key %j', async (key) => {
    await expect(store.get(key)).rejects.toBeInstanceOf(UserMistake);
    await expect(store.head(key)).rejects.toBeInstanceOf(UserMistake);
    await expect(store.delete(key)).rejects.toBeInstanceOf(UserMistake);
  });

  (anyKeyCanBeRead ? test.skip : test)('refuses a prefix that leaves the store', async () => {
    await expect(listAll(store, '../')).rejects.toBeInstanceOf(UserMistake);
    await expect(listAll(store, 'a/../../')).rejects.toBeInstanceOf(UserMistake);
  });

  test('a call with an aborted signal rejects with its reason, and nothing is written', async () => {
    await store.put('k', text('one'));
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(store.get('k', { signal })).rejects.toBe(reason);
    await expect(store.head('k', { signal })).rejects.toBe(reason);
    await expect(store.put('k', text('two'), { signal })).rejects.toBe(reason);
    await expect(store.delete('k', { signal })).rejects.toBe(reason);
    await expect(store.deleteAll(['k'], { signal })).rejects.toBe(reason);
    await expect(listAll(store, '', { signal })).rejects.toBe(reason);
    expect((await store.get('k')).body.toString()).toBe('one');
  });
}
