/**
 * The fault proxy in front of a real S3 server, with the AWS SDK: signatures and conditions work, and its errors are like
 * those of S3.
 */
import { FaultProxy } from '../../../dev/servers/fault-proxy';
import { s3ErrorAnswer } from '../../../dev/servers/s3-errors';
import { outcome, type S3Calls, s3Calls } from '../../support/s3-calls';
import { describeWithS3, freshBucket, sharedS3 } from '../../support/servers';

describeWithS3('the fault proxy', () => {
  let proxy: FaultProxy;
  let direct: S3Calls;
  let through: S3Calls;
  beforeEach(async () => {
    const { endpoint, region, rootCredentials } = sharedS3();
    const bucket = await freshBucket(sharedS3());
    proxy = await FaultProxy.start({ target: endpoint });
    direct = s3Calls({ endpoint, region }, rootCredentials, bucket);
    through = s3Calls({ endpoint: proxy.endpoint, region }, rootCredentials, bucket);
  });
  afterEach(async () => {
    for (const calls of [direct, through]) calls?.end();
    await proxy?.close();
  });

  test('of 20 writers, only one can create an object, and only one can change the same version', async () => {
    proxy.latencyMs = 20;
    const twenty = (more: object) => Promise.all(Array.from({ length: 20 }, () => outcome(through.put('one', more))));
    const oneWins = ['done', ...Array.from({ length: 19 }, () => 'PreconditionFailed 412')];
    expect((await twenty({ IfNoneMatch: '*' })).sort(doneFirst)).toEqual(oneWins);
    const { ETag } = await through.head('one');
    expect((await twenty({ IfMatch: ETag, Body: Buffer.from('changed') })).sort(doneFirst)).toEqual(oneWins);
    expect(proxy.counts).toMatchObject({ requests: 41, byMethod: { PUT: 40, HEAD: 1 }, maxInFlight: 20 });
  });

  test('latency is added to a request', async () => {
    await through.put('one');
    const took = async () => {
      const started = performance.now();
      await through.get('one');
      return performance.now() - started;
    };
    proxy.latencyMs = 300;
    expect(await took()).toBeGreaterThan(295);
    proxy.behave();
    expect(await took()).toBeLessThan(295);
  });

  test('if an answer is swallowed, the object is still written', async () => {
    proxy.addRule({ fault: { kind: 'swallow' }, method: 'PUT', times: 1 });
    // By its message: under jest, Node's errors belong to another realm, so the SDK wraps them and their codes are lost.
    await expect(through.put('one', { IfNoneMatch: '*' })).rejects.toThrow('socket hang up');
    expect(await outcome(direct.get('one'))).toBe('done');
    expect(await outcome(through.put('one', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
  });

  test('a large body, which the SDK announces before it sends it, is forwarded completely', async () => {
    const Body = Buffer.alloc(5_000_000, 'trail');
    await through.put('large', { Body });
    const read = await (await through.get('large')).Body?.transformToByteArray();
    expect(Buffer.compare(Buffer.from(read ?? []), Body)).toBe(0);
  });

  test('the SDK treats its errors as S3 errors', async () => {
    for (const code of ['SlowDown', 'InternalError', 'ExpiredToken', 'RequestTimeTooSkewed', 'AccessDenied'] as const) {
      const answer = s3ErrorAnswer(code);
      proxy.addRule({ fault: { kind: 'answer', answer }, times: 1 });
      expect(await outcome(through.list())).toBe(`${code} ${answer.status}`);
    }
    const moved = s3ErrorAnswer('PermanentRedirect', { region: 'eu-central-1' });
    proxy.addRule({ fault: { kind: 'answer', answer: moved }, times: 1 });
    await expect(through.list()).rejects.toMatchObject({
      name: 'PermanentRedirect',
      $response: { headers: { 'x-amz-bucket-region': 'eu-central-1' } },
    });
    expect(await outcome(through.list())).toBe('done');
  });
});

function doneFirst(a: string, b: string): number {
  return Number(b === 'done') - Number(a === 'done');
}
