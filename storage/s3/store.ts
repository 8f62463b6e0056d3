/**
 * An object store in an S3 bucket, or below a prefix of one, of AWS or of a server that speaks S3. Several processes may use
 * the same place at once. The SDK is loaded by the first call: commands on local files do not wait for it.
 */
import { UserMistake } from '../../errors/index.js';
import { type S3Address, s3Uri } from '../address.js';
import { assertKey } from '../keys.js';
import { lowerCaseNames } from '../memory.js';
import type { ListOptions, ListPage, ObjectStore } from '../object-store.js';
import { offerParts, type S3Part } from './access.js';
import type { Bucket } from './bucket.js';
import type { S3Operation } from './call.js';
import type { CredentialProvider } from './credentials.js';
import { hidesKmsKey } from './denied.js';
import { s3Error } from './errors.js';
import { factsOf } from './facts.js';

export interface S3StoreOptions extends Omit<S3Address, 'scheme'> {
  /** Instead of what AWS's usual places name: for instance what a catalog vends. Asked again before they expire. */
  credentials?: CredentialProvider;
}

const loadParts = async () => ({
  ...(await import('./bucket.js')),
  ...(await import('./requests.js')),
  ...(await import('./multipart.js')),
});
type Parts = Awaited<ReturnType<typeof loadParts>>;

/** A store at `s3://bucket/prefix`. Nothing is asked of the bucket before the first call. */
export function createS3Store({ bucket: name, prefix, options, credentials }: S3StoreOptions): ObjectStore {
  const uri = s3Uri({ bucket: name, prefix });
  const base = prefix === '' ? '' : `${prefix}/`;
  let opened: Promise<{ parts: Parts; bucket: Bucket }> | undefined;

  async function open(): Promise<{ parts: Parts; bucket: Bucket }> {
    const parts = await loadParts();
    return { parts, bucket: await parts.Bucket.open(name, options, credentials) };
  }

  /** Runs a call; what S3 says comes out as one of the port's errors, an abort as its reason. */
  async function run<T>(
    operation: S3Operation,
    key: string,
    signal: AbortSignal | undefined,
    call: (parts: Parts, bucket: Bucket) => Promise<T>,
    at: { bucket: string; uri: string } = { bucket: name, uri: `${uri}/${key}` },
  ): Promise<T> {
    signal?.throwIfAborted();
    let bucket: Bucket | undefined;
    try {
      opened ??= open();
      const found = await opened;
      bucket = found.bucket;
      return await call(found.parts, bucket);
    } catch (error) {
      if (bucket === undefined) opened = undefined;
      signal?.throwIfAborted();
      const where = { operation, ...at, options, ...bucket?.settings };
      const kmsKey = operation === 'GetObject' && hidesKmsKey(factsOf(error)) ? await kmsKeyOf(key, signal) : undefined;
      throw s3Error(error, { ...where, kmsKey });
    }
  }

  /** The key that an object is encrypted with: the answer to HEAD names it, and needs no permission on it. */
  async function kmsKeyOf(key: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    try {
      return await run('HeadObject', key, signal, async (parts, bucket) => {
        const { kmsKey } = await parts.headObject(bucket, base + key, signal);
        return kmsKey;
      });
    } catch {
      return undefined;
    }
  }

  async function* list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListPage> {
    const { signal, delimiter, startAfter } = options;
    assertText(prefix);
    let next: string | undefined;
    do {
      const request = { prefix: base + prefix, delimiter, startAfter: startAfter && base + startAfter, next, signal };
      const page = await run('ListObjectsV2', prefix, signal, (parts, bucket) => parts.listPage(bucket, request));
      next = page.next;
      // A page of nothing but what was deleted is empty.
      if (page.objects.length + page.prefixes.length > 0) yield relative(page);
    } while (next !== undefined);
  }

  function relative({ objects, prefixes }: ListPage): ListPage {
    if (base === '') return { objects, prefixes };
    return {
      objects: objects.map((object) => ({ ...object, key: object.key.slice(base.length) })),
      prefixes: prefixes.map((found) => found.slice(base.length)),
    };
  }

  const store: ObjectStore = {
    uri,
    list,
    get: (key, options = {}) =>
      run('GetObject', key, options.signal, async (parts, bucket) => {
        assertReadable(key);
        return { ...(await parts.getObject(bucket, base + key, options)), key };
      }),
    head: (key, { signal } = {}) =>
      run('HeadObject', key, signal, async (parts, bucket) => {
        assertReadable(key);
        return { ...(await parts.headObject(bucket, base + key, signal)).object, key };
      }),
    put: (key, body, options = {}) =>
      run('PutObject', key, options.signal, (parts, bucket) => {
        // Stricter than reading: what Trailmill writes can be copied to a disk.
        assertKey(key);
        const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        const wanted = { ...options, metadata: lowerCaseNames(options.metadata) };
        // A condition is for a whole object: so it is known at once who was first, before many parts were sent.
        const inParts = bytes.length > parts.MULTIPART_FROM && !options.ifNoneMatch;
        return (inParts ? parts.putInParts : parts.putObject)(bucket, base + key, bytes, wanted);
      }),
    delete: (key, { signal } = {}) =>
      run('DeleteObject', key, signal, (parts, bucket) => {
        assertReadable(key);
        return parts.deleteObject(bucket, base + key, signal);
      }),
  };
  // Of other buckets, too: the files of a table may lie in several.
  const others = new Map<string, Promise<Bucket>>();
  const bucketOf = (wanted: string, own: Bucket, parts: Parts): Promise<Bucket> | Bucket => {
    if (wanted === name) return own;
    const known = others.get(wanted) ?? parts.Bucket.open(wanted, options, credentials);
    others.set(wanted, known);
    return known;
  };
  offerParts(store, ({ bucket: wanted, key, range, signal }) => {
    const read = async (parts: Parts, own: Bucket): Promise<S3Part> => {
      const bucket = await bucketOf(wanted, own, parts);
      if (range === undefined) return (await parts.headObject(bucket, key, signal)).object;
      return parts.getPart(bucket, key, range, signal);
    };
    const at = { bucket: wanted, uri: s3Uri({ bucket: wanted, prefix: key }) };
    return run(range === undefined ? 'HeadObject' : 'GetObject', key, signal, read, at);
  });
  return store;
}

/** S3 holds keys that no disk can (`a//b`, `../x`), and they can be read. */
function assertReadable(key: string): void {
  if (key === '') throw new UserMistake('The key "" is empty.', 'Use a key of named segments: a/b/c.');
  assertText(key);
}

/** A lone surrogate has no UTF-8 bytes, so it cannot be sent. */
function assertText(text: string): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw new UserMistake(
      `The key ${JSON.stringify(text)} is not valid Unicode.`,
      'Use a key of named segments: a/b/c.',
    );
  }
}
