/** The object-store port over a real S3 server, versitygw; and what the adapter does on a bad connection. */
import { randomBytes } from 'node:crypto';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Fault } from '../../../dev/servers/faults';
import { s3ErrorAnswer } from '../../../dev/servers/s3-errors';
import { AlreadyExists, StorageUnavailable } from '../../../errors/index';
import { withDeadline } from '../../../storage/deadline';
import type { ObjectStore } from '../../../storage/object-store';
import { type S3Fixture, until, useS3 } from '../../support/s3';
import { describeWithS3 } from '../../support/servers';
import { listAll, storageContract, text } from '../../support/storage-contract';

describeWithS3('S3 store', () => {
  const s3 = useS3();
  storageContract(async () => s3().open({ bucket: await s3().newBucket() }), { anyKeyCanBeRead: true });
});

describeWithS3('S3 store below a prefix', () => {
  const s3 = useS3();
  const prefix = 'a b/c+d%';
  storageContract(async () => s3().open({ bucket: await s3().newBucket(), prefix }), { anyKeyCanBeRead: true });

  it('sees nothing outside its prefix', async () => {
    const bucket = await s3().newBucket();
    const whole = s3().open({ bucket });
    for (const key of ['logs/a', 'logs2/b', 'log', 'x']) await whole.put(key, text(key));
    const store = s3().open({ bucket, prefix: 'logs' });
    expect(store.uri).toBe(`s3://${bucket}/logs`);
    expect(await listAll(store, '')).toEqual({ keys: ['a'], prefixes: [] });
  });
});

describeWithS3('the S3 store', () => {
  const s3 = useS3();
  let bucket: string;
  let store: ObjectStore;
  let proxy: S3Fixture['proxy'];

  beforeEach(async () => {
    proxy = s3().proxy;
    bucket = await s3().newBucket();
    store = s3().open({ bucket });
    // The first call loads the SDK, which takes a while.
    await store.put('k', text('hello'));
    proxy.resetCounts();
  });

  it('accepts keys with any character', async () => {
    const keys = ['a b', 'a+b', 'a%20b', 'a=b/c=d', "it's (ok)!*~", 'ü/😀', '%', 'q?x=1&y#z', 'a:b@c$,;', '<&">'];
    for (const key of keys) await store.put(key, text(key));
    const { keys: found } = await listAll(store, '');
    expect(new Set(found)).toEqual(new Set([...keys, 'k']));
    for (const key of keys) expect((await store.get(key)).body.toString()).toBe(key);
    expect((await listAll(store, 'a=b/', { delimiter: '/' })).keys).toEqual(['a=b/c=d']);
    expect((await listAll(store, '', { startAfter: 'a b' })).keys).not.toContain('a b');
    for (const key of keys) await store.delete(key);
    expect((await listAll(store, '')).keys).toEqual(['k']);
  });

  describe('deletes many objects', () => {
    const keys = Array.from({ length: 1200 }, (_, index) => `many/${index}`);

    it('with one request for each thousand', async () => {
      for (const key of keys.slice(0, 5)) await store.put(key, text(key));
      const single = proxy.addRule({ fault: faultOf('InternalError'), method: 'DELETE' });
      const together = proxy.addRule({
        fault: { kind: 'hold', until: Promise.resolve() },
        method: 'POST',
        path: /\?delete/,
      });
      await store.deleteAll(keys);
      expect([single.hitCount, together.hitCount]).toEqual([0, 2]);
      expect((await listAll(store, '')).keys).toEqual(['k']);
    });

    it('one by one if the server does not support that request', async () => {
      for (const key of keys.slice(0, 5)) await store.put(key, text(key));
      proxy.addRule({ fault: { kind: 'answer', answer: s3ErrorAnswer('NotImplemented') }, method: 'POST' });
      await store.deleteAll(keys.slice(0, 20));
      expect((await listAll(store, '')).keys).toEqual(['k']);
    });

    it('and reports it if one of them remains', async () => {
      const body =
        '<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>';
      proxy.addRule({ fault: { kind: 'answer', answer: { status: 200, headers: {}, body } }, method: 'POST' });
      await expect(store.deleteAll(['k'])).rejects.toThrow(
        expect.objectContaining({ name: 'StorageAccessDenied', cure: expect.stringContaining('s3:DeleteObject') }),
      );
    });
  });

  it('sends the payer and the owner of the bucket with every request', async () => {
    const seen: unknown[] = [];
    proxy.addRule({
      fault: { kind: 'refuse' },
      when: ({ headers }) => {
        seen.push([headers['x-amz-request-payer'], headers['x-amz-expected-bucket-owner']]);
        return false;
      },
    });
    const options = { requesterPays: true, expectedBucketOwner: '123456789012' };
    const other = s3().open({ bucket, options });
    const call = (done: Promise<unknown>) => done.catch(() => {});
    await call(other.put('x', text('x')));
    await call(other.get('x'));
    await call(other.head('x'));
    await call(listAll(other, ''));
    await call(other.delete('x'));
    await call(other.put('x', Buffer.alloc(33 * 1024 * 1024)));
    expect(seen.length).toBeGreaterThanOrEqual(6);
    expect(new Set(seen.map(String))).toEqual(new Set(['requester,123456789012']));
  });

  describe('when the store asks for fewer requests', () => {
    it('lowers the number of concurrent requests, and completes all of them', async () => {
      const keys = Array.from({ length: 200 }, (_, i) => `busy/${i}`);
      await Promise.all(keys.map((key) => store.put(key, text(key))));
      const readAll = async (wanted: string[]) => {
        proxy.resetCounts();
        const bodies = await Promise.all(wanted.map(async (key) => (await store.get(key)).body.toString()));
        expect(bodies).toEqual(wanted);
        return proxy.counts;
      };
      proxy.latencyMs = 50;
      expect((await readAll(keys)).maxInFlight).toBe(128);
      proxy.maxInFlight = 12;
      const busy = await readAll(keys);
      expect(busy.overLimit).toBeGreaterThan(0);
      // It has learned the limit: the refused requests are those that occasionally test a slightly higher one.
      const after = await readAll(keys.slice(0, 60));
      expect(after.maxInFlight).toBeLessThanOrEqual(24);
      expect(after.overLimit).toBeLessThan(20);
    });

    it('gives up eventually, with an error that is retried later', async () => {
      const rule = proxy.addRule({ fault: { kind: 'answer', answer: s3ErrorAnswer('SlowDown') } });
      await expect(store.get('k')).rejects.toThrow(
        expect.objectContaining({ name: 'StorageUnavailable', message: expect.stringContaining(`s3://${bucket}/k`) }),
      );
      expect(rule.hitCount).toBe(5);
    });
  });

  describe('on a bad connection', () => {
    it.each(['cut', 'refuse', 'InternalError', 'RequestTimeout'] as const)('reads again after %s', async (kind) => {
      const fault = faultOf(kind);
      const rule = proxy.addRule({ fault, method: 'GET', times: 2 });
      expect((await store.get('k')).body.toString()).toBe('hello');
      expect(rule.hitCount).toBe(2);
    });

    it('never accepts a part of a body as the whole', async () => {
      proxy.addRule({ fault: { kind: 'cut', afterBytes: 3 } });
      await expect(store.get('k')).rejects.toBeInstanceOf(StorageUnavailable);
    });

    it('continues a listing after a failed page', async () => {
      proxy.addRule({ fault: faultOf('InternalError'), path: /list-type=2/, times: 2 });
      expect((await listAll(store, '')).keys).toEqual(['k']);
    });

    it('reports that the key exists if the answer to its write was lost, which is true: it has its own bytes', async () => {
      proxy.addRule({ fault: { kind: 'swallow' }, method: 'PUT', times: 1 });
      await expect(store.put('once', text('mine'), { ifNoneMatch: '*' })).rejects.toBeInstanceOf(AlreadyExists);
      expect((await store.get('once')).body.toString()).toBe('mine');
    });

    it('waits a while for a conditional write that conflicts with its own', async () => {
      const fault = { kind: 'answer', answer: s3ErrorAnswer('ConditionalRequestConflict') } as const;
      const rule = proxy.addRule({ fault, method: 'PUT', times: 2 });
      await store.put('new', text('x'), { ifNoneMatch: '*' });
      proxy.removeRule(rule);
      proxy.addRule({ fault, method: 'PUT' });
      await expect(store.put('newer', text('x'), { ifNoneMatch: '*' })).rejects.toBeInstanceOf(StorageUnavailable);
    });
  });

  describe('an aborted call', () => {
    /** Resolves when this many requests are in flight at the proxy. */
    const underWay = (wanted: number) =>
      until(() => {
        proxy.resetCounts();
        return proxy.counts.maxInFlight === wanted;
      });

    const silence = { kind: 'silence' } as const;
    const drops = { kind: 'slow', bytes: 1, everyMs: 2_000 } as const;
    it.each<[string, Fault, (signal: AbortSignal) => Promise<unknown>]>([
      ['get, before the answer', silence, (signal) => store.get('k', { signal })],
      ['get, in the middle of its body', drops, (signal) => store.get('k', { signal })],
      ['head', silence, (signal) => store.head('k', { signal })],
      ['list', silence, (signal) => listAll(store, '', { signal })],
      ['list, in the middle of a page', drops, (signal) => listAll(store, '', { signal })],
      ['put', silence, (signal) => store.put('k', text('x'), { signal })],
      ['conditional put', silence, (signal) => store.put('l', text('x'), { ifNoneMatch: '*', signal })],
      ['delete', silence, (signal) => store.delete('k', { signal })],
    ])(
      'releases its connection at once: %s',
      async (_name, fault, call) => {
        proxy.addRule({ fault });
        const caller = new AbortController();
        const answer = call(caller.signal);
        answer.catch(() => {});
        await underWay(1);
        const reason = new Error('enough');
        caller.abort(reason);
        await expect(answer).rejects.toBe(reason);
        await underWay(0);
      },
      // Shorter than any other limit.
      10_000,
    );

    it('ends by its deadline', async () => {
      proxy.addRule({ fault: { kind: 'slow', bytes: 1, everyMs: 2_000 } });
      await expect(withDeadline(store, 300).get('k')).rejects.toThrow('get timed out after 0.3 s');
      await underWay(0);
    });

    it('waits neither for the next attempt, nor for its turn', async () => {
      proxy.addRule({ fault: { kind: 'answer', answer: s3ErrorAnswer('SlowDown') } });
      const callers = Array.from({ length: 100 }, () => new AbortController());
      const reason = new Error('enough');
      const answers = callers.map(({ signal }) => store.get('k', { signal }));
      const outcomes = Promise.allSettled(answers);
      await until(() => proxy.counts.requests >= 50);
      for (const caller of callers) caller.abort(reason);
      const began = Date.now();
      const reasons = (await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason);
      expect(reasons).toEqual(callers.map(() => reason));
      expect(Date.now() - began).toBeLessThan(1_000);
    });
  });

  describe('a large object', () => {
    const large = randomBytes(40 * 1024 * 1024);

    it('is uploaded in parts, with its metadata, and is read unchanged', async () => {
      const { etag } = await store.put('large', large, { metadata: { Rows: '7' } });
      expect(etag).toMatch(/-3$/);
      const object = await store.get('large', { ifMatch: etag });
      expect(object.body.equals(large)).toBe(true);
      expect(object.metadata).toEqual({ rows: '7' });
      expect(proxy.counts.byMethod).toMatchObject({ PUT: 3, POST: 2 });
    });

    it('is uploaded in one request if the write is conditional', async () => {
      await store.put('large', large, { ifNoneMatch: '*' });
      expect(proxy.counts.byMethod).toEqual({ PUT: 1 });
      // The server rejects the request and closes the connection before it has read the body, so its response may be lost.
      await expect(store.put('large', large, { ifNoneMatch: '*' })).rejects.toBeInstanceOf(AlreadyExists);
    });

    it('continues after a failed part', async () => {
      const rule = proxy.addRule({ fault: faultOf('InternalError'), path: /partNumber=2/, times: 2 });
      await store.put('large', large);
      expect(rule.hitCount).toBe(2);
      expect((await store.head('large')).size).toBe(large.length);
    });

    it.each([
      ['a part', /partNumber=3/],
      ['the last step', /POST|uploadId=[^&]+$/],
    ])('leaves nothing behind when %s fails for good', async (_name, path) => {
      const answer = s3ErrorAnswer('AccessDenied');
      proxy.addRule({ fault: { kind: 'answer', answer }, path, when: ({ method }) => method !== 'DELETE' });
      await expect(store.put('large', large)).rejects.toThrow('AccessDenied');
      expect(await s3().pendingUploads(bucket)).toBe(0);
      await expect(s3().admin.send(new HeadObjectCommand({ Bucket: bucket, Key: 'large' }))).rejects.toThrow();
    });

    it('leaves nothing behind when it is aborted', async () => {
      proxy.addRule({ fault: { kind: 'silence' }, path: /partNumber=2/ });
      const caller = new AbortController();
      const done = store.put('large', large, { signal: caller.signal });
      done.catch(() => {});
      await until(() => proxy.counts.requests >= 4);
      const reason = new Error('enough');
      caller.abort(reason);
      await expect(done).rejects.toBe(reason);
      expect(await s3().pendingUploads(bucket)).toBe(0);
    });
  });
});

function faultOf(kind: 'cut' | 'refuse' | 'InternalError' | 'RequestTimeout') {
  if (kind === 'cut') return { kind, afterBytes: 2 } as const;
  return kind === 'refuse' ? ({ kind } as const) : ({ kind: 'answer', answer: s3ErrorAnswer(kind) } as const);
}
