/** ingest.s3_source.key_pattern: which objects of the bucket a run reads. */
import type { RunConfig } from '../../../run/config';
import { ingestWholeDay, memoryRun, plan, records, rowsOf, trailFile, trailKey } from '../../support/runs';

async function bucketRun(more: Partial<RunConfig>, prefix = '') {
  const empty = memoryRun();
  const run = { ...empty, config: { ...empty.config, ...more } };
  await run.bucket.put(prefix + trailKey('one'), trailFile(records(3)));
  await run.bucket.put(prefix + trailKey('two', { region: 'eu-west-1' }), trailFile(records(2)));
  return run;
}

it('without a pattern every object is read', async () => {
  expect(await plan(await bucketRun({}))).toMatchObject({ files: 2 });
});

it('only matching keys are read; the others leave no trace', async () => {
  const run = await bucketRun({ keyPattern: 'AWSLogs/.*/CloudTrail/us-' });
  expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 3 });
  expect((await rowsOf(run, 'ledger')).map(({ key }) => key)).toEqual([trailKey('one')]);
});

it('the pattern applies to the key after the prefix', async () => {
  const inPrefix = await bucketRun({ keyPrefix: 'my/trail', keyPattern: '^AWSLogs/\\d+/CloudTrail/eu' }, 'my/trail/');
  expect(await plan(inPrefix)).toMatchObject({ files: 1 });
  expect(await plan(await bucketRun({ keyPrefix: 'my/trail', keyPattern: 'my/trail' }, 'my/trail/'))).toMatchObject({
    files: 0,
  });
});
