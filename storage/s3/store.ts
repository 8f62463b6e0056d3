/**
 * An object store in an S3 bucket, or below a prefix of one, on AWS or an S3-compatible server. Several processes can use the
 * same location concurrently. The SDK is loaded by the first call, so that commands on local files do not wait for it.
 */
import { UserMistake } from '../../errors/index.js';
import { type S3Address, s3Uri } from '../address.js';
import { assertKey } from '../keys.js';
import { type ListOptions, type ListPage, lowerCaseNames, type ObjectStore } from '../object-store.js';
import { registerParts, type S3Part } from './access.js';
import type { Bucket } from './bucket.js';
import type { S3Operation } from './call.js';
import type { CredentialProvider } from './credentials.js';
import { hidesKmsKey } from './denied.js';
import { s3Error } from './errors.js';
import { errorFactsOf } from './facts.js';

/** The location of an S3 store, and its credentials. */
export interface S3StoreOptions extends Omit<S3Address, 'scheme'> {
  /** Replaces the standard AWS sources, for example with credentials vended by a catalog. Called again before they expire. */
  credentials?: CredentialProvider;
}

const loadModules = async () => ({
  ...(await import('./bucket.js')),
  ...(await import('./requests.js')),
  ...(await import('./multipart.js')),
  ...(await import('./delete-many.js')),
});
type Modules = Awaited<ReturnType<typeof loadModules>>;

/** Creates a store at `s3://bucket/prefix`. Sends no requests before the first call. */
export function createS3Store({ bucket: name, prefix, options, credentials }: S3StoreOptions): ObjectStore {
  const uri = s3Uri({ bucket: name, prefix });
  const base = prefix === '' ? '' : `${prefix}/`;
  let opened: Promise<{ modules: Modules; bucket: Bucket }> | undefined;

  async function open(): Promise<{ modules: Modules; bucket: Bucket }> {
    const modules = await loadModules();
    return { modules, bucket: await modules.Bucket.open(name, options, credentials) };
  }

  /** Runs a call. Maps S3 errors to errors of the port; an abort rejects with the signal's reason. */
  async function run<T>(
    operation: S3Operation,
    key: string,
    signal: AbortSignal | undefined,
    call: (modules: Modules, bucket: Bucket) => Promise<T>,
    at: { bucket: string; uri: string } = { bucket: name, uri: `${uri}/${key}` },
  ): Promise<T> {
    signal?.throwIfAborted();
    let bucket: Bucket | undefined;
    try {
      opened ??= open();
      const found = await opened;
      bucket = found.bucket;
      return await call(found.modules, bucket);
    } catch (error) {
      if (bucket === undefined) opened = undefined;
      signal?.throwIfAborted();
      const where = { operation, ...at, options, ...bucket?.settings };
      const kmsKey =
        operation === 'GetObject' && hidesKmsKey(errorFactsOf(error)) ? await kmsKeyOf(key, signal) : undefined;
      throw s3Error(error, { ...where, kmsKey });
    }
  }

  /** The KMS key that an object is encrypted with. HEAD returns it and needs no permission on the key. */
  async function kmsKeyOf(key: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    try {
      return await run('HeadObject', key, signal, async (modules, bucket) => {
        const { kmsKey } = await modules.headObject(bucket, base + key, signal);
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
      const page = await run('ListObjectsV2', prefix, signal, (modules, bucket) => modules.listPage(bucket, request));
      next = page.next;
      // A page can be empty if everything in it was deleted.
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
      run('GetObject', key, options.signal, async (modules, bucket) => {
        assertReadable(key);
        return { ...(await modules.getObject(bucket, base + key, options)), key };
      }),
    getRange: (key, { from, length }, { signal } = {}) =>
      run('GetObject', key, signal, async (modules, bucket) => {
        assertReadable(key);
        const range = { from, to: from + length - 1 };
        try {
          return (await modules.getPart(bucket, base + key, range, signal)).body;
        } catch (error) {
          // The object ends before the range begins: RFC 9110, "416 Range Not Satisfiable".
          if (errorFactsOf(error).status === 416) return Buffer.alloc(0);
          throw error;
        }
      }),
    head: (key, { signal } = {}) =>
      run('HeadObject', key, signal, async (modules, bucket) => {
        assertReadable(key);
        return { ...(await modules.headObject(bucket, base + key, signal)).object, key };
      }),
    put: (key, body, options = {}) =>
      run('PutObject', key, options.signal, (modules, bucket) => {
        // Stricter than for reads: everything that Trailmill writes can be copied to a disk.
        assertKey(key);
        const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        const wanted = { ...options, metadata: lowerCaseNames(options.metadata) };
        // Conditional writes use a single request: S3 then checks the condition before many parts have been sent.
        const inParts = bytes.length > modules.MULTIPART_THRESHOLD && !options.ifNoneMatch;
        return (inParts ? modules.putInParts : modules.putObject)(bucket, base + key, bytes, wanted);
      }),
    delete: (key, { signal } = {}) =>
      run('DeleteObject', key, signal, (modules, bucket) => {
        assertReadable(key);
        return modules.deleteObject(bucket, base + key, signal);
      }),
    deleteAll: async (keys, { signal } = {}) => {
      if (keys.length === 0) return;
      await run('DeleteObjects', keys[0], signal, (modules, bucket) => {
        for (const key of keys) assertReadable(key);
        const full = keys.map((key) => base + key);
        return modules.deleteObjects(bucket, full, signal);
      });
    },
  };
  // Range reads also work for other buckets: the files of a table may be in several.
  const others = new Map<string, Promise<Bucket>>();
  const bucketOf = (wanted: string, own: Bucket, modules: Modules): Promise<Bucket> | Bucket => {
    if (wanted === name) return own;
    const known = others.get(wanted) ?? modules.Bucket.open(wanted, options, credentials);
    others.set(wanted, known);
    return known;
  };
  registerParts(store, ({ bucket: wanted, key, range, signal }) => {
    const read = async (modules: Modules, own: Bucket): Promise<S3Part> => {
      const bucket = await bucketOf(wanted, own, modules);
      if (range === undefined) return (await modules.headObject(bucket, key, signal)).object;
      return modules.getPart(bucket, key, range, signal);
    };
    const at = { bucket: wanted, uri: s3Uri({ bucket: wanted, prefix: key }) };
    return run(range === undefined ? 'HeadObject' : 'GetObject', key, signal, read, at);
  });
  return store;
}

/** S3 can store keys that a disk cannot (`a//b`, `../x`); reading them is allowed. */
function assertReadable(key: string): void {
  if (key === '') throw new UserMistake('The key "" is empty.', 'Use a key of named segments: a/b/c.');
  assertText(key);
}

/** A lone surrogate cannot be encoded in UTF-8, so it cannot be sent. */
function assertText(text: string): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw new UserMistake(
      `The key ${JSON.stringify(text)} is not valid Unicode.`,
      'Use a key of named segments: a/b/c.',
    );
  }
}
