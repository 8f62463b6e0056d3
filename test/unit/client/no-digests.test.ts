/** Before a run that requires proof: which places have log files and no digests. */

import { lookBackRemark } from '../../../client/schedule/apply-command';
import { checkSelection } from '../../../client/selection/check';
import { withoutDigests } from '../../../client/selection/digests';
import { allTables } from '../../../cloudtrail/tables';
import type { IntegrityConfig } from '../../../run/config-schema';
import { DAY, memoryRun, NEVER, trailFile, trailKey } from '../../support/runs';

const RANGE = { from: DAY, to: DAY };

async function runOver(keys: readonly string[], integrity?: IntegrityConfig) {
  const run = memoryRun({}, allTables('aws_cloudtrail'));
  for (const key of keys) await run.bucket.put(key, trailFile([]));
  return { ...run, config: { ...run.config, integrity } };
}
const REQUIRED: IntegrityConfig = { mode: 'required', bucket: 'b', holdHours: 7 };
const log = (region: string): string => trailKey('a', { region });
const digest = (region: string): string => trailKey('a', { region, kind: 'CloudTrail-Digest' });

it('names the places, and what becomes of their files', async () => {
  const run = await runOver([log('eu-west-1'), log('us-east-1'), digest('us-east-1'), log('us-west-2')], REQUIRED);
  expect(await withoutDigests(run, {}, NEVER)).toEqual({
    message:
      'integrity is required, but the bucket has no digests for 111122223333 eu-west-1 and 1 other. None of their log files are ingested: they are held back for 7 hours after their delivery, then quarantined as not_proven.',
    cure: 'Turn on log file validation for the trail, or set integrity to record or verify.',
  });
  expect(await checkSelection(run, { filter: {}, range: RANGE }, NEVER)).toEqual([
    expect.stringContaining('has no digests for 111122223333 eu-west-1 and 1 other'),
  ]);
  // A schedule that reads everything, too.
  expect(await checkSelection(run, { filter: {} }, NEVER)).toHaveLength(1);
});

it('is silent where all have digests, also if only log files are selected, and where nothing has to be proven', async () => {
  const all = [log('us-east-1'), digest('us-east-1')];
  const run = await runOver(all, REQUIRED);
  expect(await withoutDigests(run, {}, NEVER)).toBeUndefined();
  expect(await withoutDigests(run, { kinds: ['CloudTrail'] }, NEVER)).toBeUndefined();
  for (const mode of ['record', 'verify'] as const)
    expect(await withoutDigests(await runOver([log('us-east-1')], { mode }), {}, NEVER)).toBeUndefined();
  expect(await withoutDigests(await runOver([log('us-east-1')]), {}, NEVER)).toBeUndefined();
});

it.each([
  [26, 3, undefined, false],
  [26, 2, undefined, true],
  [720, 3, 30, true],
  [720, 3, 37, false],
  [720, 31, undefined, false],
])('hold_hours %i are warned of if schedules look back %i and %s days: %s', (holdHours, days, deepDays, warned) => {
  const rhythm = { every: 'day', hour: 1, minute: 0 } as const;
  const deep = deepDays === undefined ? undefined : { rhythm, lookBackDays: deepDays };
  const schedules = { recent: { rhythm, lookBackDays: days }, deep };
  const remark = lookBackRemark(schedules, { mode: 'required', holdHours });
  expect(remark === undefined ? false : remark.includes(`${holdHours} hours`)).toBe(warned);
  expect(lookBackRemark(schedules, { mode: 'verify', holdHours })).toBeUndefined();
});
