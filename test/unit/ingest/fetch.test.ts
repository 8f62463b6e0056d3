/** Reading the objects of a batch: problems of one object, and problems of the run. */
import { gzipSync } from 'node:zlib';
import { StorageAccessDenied, StorageUnavailable } from '../../../errors/index';
import { ingest, ingestWholeDay, memoryRun, plan, records, rowsOf, trailFile, trailKey } from '../../support/runs';

type Run = ReturnType<typeof memoryRun>;

/** Each with one record, in the order of their names. */
async function fill(run: Run, names: readonly string[], kind = 'CloudTrail'): Promise<void> {
  for (const [at, name] of names.entries()) {
    const start = `2024-03-05T${String(at % 24).padStart(2, '0')}:00:00Z`;
    await run.bucket.put(trailKey(name, { kind }), trailFile(records(1, start)));
  }
}

const named = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(2, '0')}`);

/** From now on, reads of matching keys are denied; `reads` has every key that was tried. */
function refuse(run: Run, pattern: RegExp): { reads: string[] } {
  const get = run.bucket.get.bind(run.bucket);
  const reads: string[] = [];
  run.bucket.get = async (key, options) => {
    reads.push(key);
    if (pattern.test(key)) throw new StorageAccessDenied(`Permission denied for ${key} (EACCES).`, 'Grant it.');
    return get(key, options);
  };
  return { reads };
}

const codes = async (run: Run): Promise<string[]> =>
  (await rowsOf(run, 'ledger')).map(({ status, error }) => `${status} ${String(error ?? '').split(':')[0]}`.trim());

describe('an object to which access is denied', () => {
  it('is quarantined, and the others of its chunk are read', async () => {
    const run = memoryRun();
    await fill(run, ['a', 'denied', 'z']);
    refuse(run, /denied/);
    expect(await ingestWholeDay(run)).toMatchObject({ files: 3, events: 2, quarantined: 1 });
    expect((await codes(run)).sort()).toEqual(['ingested', 'ingested', 'quarantined access_denied']);
    const error = (await rowsOf(run, 'ledger')).find(({ status }) => status === 'quarantined')?.error;
    expect(error).toMatch(/^access_denied: Permission denied for AWSLogs\/.*denied/);
    expect(await rowsOf(run, 'default')).toHaveLength(2);
  });

  it('is quarantined with nine others if there are no more, and with more if one file can be read', async () => {
    const few = memoryRun();
    await fill(few, named('denied', 9));
    refuse(few, /denied/);
    expect(await ingestWholeDay(few)).toMatchObject({ files: 9, quarantined: 9 });
    const many = memoryRun();
    await fill(many, [...named('denied', 12), 'readable']);
    refuse(many, /denied/);
    expect(await ingestWholeDay(many)).toMatchObject({ files: 13, events: 1, quarantined: 12 });
  });
});

describe('access denied to all of ten objects is a missing permission', () => {
  it('the day stops with the cure, and nothing is entered in the ledger', async () => {
    const run = memoryRun();
    await fill(run, named('denied', 10));
    refuse(run, /denied/);
    const failure = await ingestWholeDay(run).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(StorageAccessDenied);
    expect(failure).toMatchObject({
      message: expect.stringMatching(
        /^memory:\/\/bucket can be listed, but none of 10 files could be read\. The first error: Permission denied/,
      ),
      cure: expect.stringMatching(/s3:GetObject.*kms:Decrypt.*start the range again/),
    });
    expect(await rowsOf(run, 'ledger')).toEqual([]);
  });

  it('even if others are gone, or not wanted: neither was read', async () => {
    const run = memoryRun();
    await fill(run, [...named('denied', 10), 'gone']);
    await fill(run, ['digest'], 'CloudTrail-Digest');
    const dayPlan = await plan(run);
    await run.bucket.delete(trailKey('gone'));
    const { reads } = refuse(run, /denied/);
    await expect(ingest(run, dayPlan, 0)).rejects.toBeInstanceOf(StorageAccessDenied);
    expect(reads).toHaveLength(11);
  });

  it('and once it is granted, the same range is ingested completely', async () => {
    const run = memoryRun();
    await fill(run, named('denied', 10));
    const { get } = run.bucket;
    refuse(run, /denied/);
    await expect(ingestWholeDay(run)).rejects.toThrow('none of 10 files');
    run.bucket.get = get;
    expect(await ingestWholeDay(run)).toMatchObject({ files: 10, events: 10, quarantined: 0 });
  });
});

describe('a problem that is not the fault of a file stops its batch', () => {
  const denied = () => Promise.reject(new StorageAccessDenied('No.', 'Grant it.'));

  it('a listing that is refused', async () => {
    const run = memoryRun();
    await fill(run, ['a']);
    run.bucket.list = () => ({ [Symbol.asyncIterator]: () => ({ next: denied }) });
    await expect(plan(run)).rejects.toBeInstanceOf(StorageAccessDenied);
  });

  it('a warehouse that is not writable', async () => {
    const run = memoryRun();
    await fill(run, ['a']);
    const dayPlan = await plan(run);
    run.warehouse.put = denied;
    await expect(ingest(run, dayPlan, 0)).rejects.toBeInstanceOf(StorageAccessDenied);
  });

  it('a bucket that does not answer', async () => {
    const run = memoryRun();
    await fill(run, ['a', 'b']);
    const dayPlan = await plan(run);
    run.bucket.get = () => Promise.reject(new StorageUnavailable('503 SlowDown'));
    await expect(ingest(run, dayPlan, 0)).rejects.toBeInstanceOf(StorageUnavailable);
  });
});

describe('an object whose stored size exceeds the limit for uncompressed files', () => {
  it('is quarantined without being read', async () => {
    const run = memoryRun({ maxFileBytes: 10_000 });
    await fill(run, ['good']);
    await run.bucket.put(trailKey('huge'), Buffer.alloc(20_000, 32));
    const { reads } = refuse(run, /nothing/);
    expect(await ingestWholeDay(run)).toMatchObject({ files: 2, events: 1, quarantined: 1 });
    expect((await codes(run)).sort()).toEqual(['ingested', 'quarantined too_large']);
    expect(reads.filter((key) => key.includes('huge'))).toEqual([]);
  });

  it('unless its content is within the limit and cannot be compressed', async () => {
    const noise = (bytes: number): string =>
      Array.from({ length: bytes }, (_, at) => ((at * 2654435761) >>> 9).toString(36).slice(-1)).join('');
    const text = JSON.stringify({ Records: records(1, undefined, { requestParameters: { noise: noise(9_000) } }) });
    const run = memoryRun({ maxFileBytes: text.length });
    // Stored blocks: larger than the text by the overhead of gzip.
    const body = gzipSync(text, { level: 0 });
    expect(body.length).toBeGreaterThan(text.length);
    await run.bucket.put(trailKey('stored'), body);
    expect(await ingestWholeDay(run)).toMatchObject({ events: 1, quarantined: 0 });
  });
});
