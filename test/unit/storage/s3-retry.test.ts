/** Which failures are retried, and that a body is either complete or rejected. */
import { Readable } from 'node:stream';
import { readWhole } from '../../../storage/s3/body';
import { BrokenBody, retrying } from '../../../storage/s3/retry';

describe('a body', () => {
  const body = (...chunks: string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

  it('is read to its end', async () => {
    expect((await readWhole(body('ab', 'cde'), 5)).toString()).toBe('abcde');
    expect((await readWhole(body('ab', 'cde'), undefined)).toString()).toBe('abcde');
    expect(await readWhole(body(), 0)).toHaveLength(0);
  });

  it.each([
    ['shorter', body('ab'), 'the body has 2 of 5 bytes'],
    ['longer', body('ab', 'cdefg'), 'the body has 7 of 5 bytes'],
    [
      'cut',
      Readable.from(
        (function* () {
          yield Buffer.from('abc');
          throw new Error('aborted');
        })(),
      ),
      'the body was cut off after 3 of 5 bytes',
    ],
  ])('that is %s is rejected', async (_name, stream, message) => {
    await expect(readWhole(stream, 5)).rejects.toThrow(message);
  });
});

describe('a failure', () => {
  const answer = (name: string, httpStatusCode: number) =>
    Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
  const connection = (code: string) => Object.assign(new Error(code), { code });

  async function tries(error: Error): Promise<number> {
    let count = 0;
    await expect(
      retrying(undefined, async () => {
        count++;
        if (count === 2) return;
        throw error;
      }).then(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    return count;
  }

  it.each([
    new BrokenBody('cut'),
    connection('ECONNRESET'),
    connection('EPIPE'),
    connection('ENOTFOUND'),
    Object.assign(new Error('slow'), { name: 'TimeoutError' }),
    answer('InternalError', 500),
    answer('SlowDown', 503),
    answer('TooManyRequestsException', 429),
    answer('RequestTimeout', 400),
    answer('ConditionalRequestConflict', 409),
    answer('XMinioStorageFull', 507),
  ])('is retried: %s', async (error) => {
    expect(await tries(error)).toBe(2);
  });

  it.each([
    answer('AccessDenied', 403),
    answer('NoSuchKey', 404),
    answer('PreconditionFailed', 412),
    answer('NotImplemented', 501),
    answer('ExpiredToken', 400),
    new TypeError('x is not a function'),
  ])('is final: %s', async (error) => {
    expect(await tries(error)).toBe(1);
  });

  it('is returned unchanged after five attempts', async () => {
    const error = connection('ECONNRESET');
    const attempt = jest.fn(() => Promise.reject(error));
    await expect(retrying(undefined, attempt)).rejects.toBe(error);
    expect(attempt).toHaveBeenCalledTimes(5);
  });

  it('of an aborted call is the reason of its signal', async () => {
    const caller = new AbortController();
    const reason = new Error('enough');
    const done = retrying(caller.signal, async () => {
      caller.abort(reason);
      throw connection('ECONNRESET');
    });
    await expect(done).rejects.toBe(reason);
  });
});
