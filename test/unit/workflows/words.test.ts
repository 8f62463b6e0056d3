/** What workflows say to people: in the UI's details, and in the reasons of failures. */
import { ActivityFailure, ChildWorkflowFailure } from '@temporalio/common';
import { NO_COUNTS } from '../../../protocol/audit-messages';
import { countDays, nextDay } from '../../../protocol/days';
import { type BackfillStatus, NO_TOTALS } from '../../../protocol/messages';
import { reasonOf } from '../../../workflows/failures';
import { batchSummary, commitSummary } from '../../../workflows/ui/activity-summaries';
import { backfillDetails, dayDetails, progressBar } from '../../../workflows/ui/details';
import { auditStep, type BackfillContext, backfillStep, dayStep } from '../../../workflows/ui/next-step';

const ID = 'backfill/aws_cloudtrail/2023-07-10..2023-07-13';
const RATE = { filesPerSecond: 2.5, eventsPerSecond: 1234.5, bytesPerSecond: 1, secondsLeft: 125 };
const ahead = (more: Partial<BackfillContext> = {}): BackfillContext => ({
  id: ID,
  filter: {},
  discovered: true,
  day: undefined,
  cancelled: false,
  ...more,
});
const status = (more: Partial<BackfillStatus> = {}): BackfillStatus => ({
  from: '2023-07-10',
  to: '2023-07-13',
  startedAt: 0,
  days: { total: 4, done: 1, failed: 1, running: ['2023-07-12'], waiting: ['2023-07-13'] },
  control: { paused: false, daysInFlight: 2, batchesInFlight: 4 },
  totals: {
    ...NO_TOTALS,
    files: 1204,
    bytes: 12_345_678,
    events: 98_765,
    rejects: 3,
    duplicates: 12,
    quarantined: 2,
    quarantinedFor: [{ code: 'corrupt_gzip', files: 2, example: 'AWSLogs/a_b.json.gz' }],
    replaced: 1,
  },
  planned: { files: 2000, bytes: 1 },
  failures: [{ day: '2023-07-11', error: 'No permission for AWSLogs/x.' }],
  ...more,
});

describe('the details of a backfill', () => {
  it('name unread and ignored files', () => {
    const unread = { files: 1, atLeast: false, first: [{ key: 'AWSLogs/x', moveTo: 'AWSLogs/y/' }] };
    const ignored = [{ why: 'key_pattern' as const, files: 7, example: 'AWSLogs/z' }];
    const text = backfillDetails(status({ unread, ignored }), ahead());
    expect(text).toContain(
      '**1 CloudTrail file is not read, because it is not where CloudTrail delivers files**\n\n- AWSLogs/x',
    );
    expect(text).toContain('- 7 files do not match key\\_pattern, such as AWSLogs/z');
  });

  it('name unrecognized folders', () => {
    const text = backfillDetails(status({ unknown: { folders: 7, first: ['AWSLogs/12345678901/'] } }), ahead());
    expect(text).toMatch('**Unrecognized folders**\n\n- AWSLogs/12345678901/\n- … and 6 more\n');
    expect(backfillDetails(status({ unknown: { folders: 0, first: [] } }), ahead())).toBe(
      backfillDetails(status(), ahead()),
    );
  });

  it('show the progress, the current work, what was read, and what failed and why', () => {
    expect(backfillDetails(status(), ahead(), RATE)).toBe(
      [
        '**Backfill 2023-07-10 to 2023-07-13**',
        '',
        'Days: 2 of 4 ██████████░░░░░░░░░░ 50 % (1 failed)',
        '',
        'Running: 2023-07-12',
        '',
        'Waiting for another run: 2023-07-13',
        '',
        'At once: up to 2 days, 4 batches of each',
        '',
        'Rate: 2.5 files/s, 1,235 events/s · about 2 min 5 s left',
        '',
        '**Next:** finish the days above',
        '',
        '| files | events | bytes |',
        '|--:|--:|--:|',
        '| 1,204 | 98,765 | 12.3 MB |',
        '',
        '| rejects | dropped | duplicates | quarantined | skipped | replaced |',
        '|--:|--:|--:|--:|--:|--:|',
        '| 3 | 0 | 12 | 2 | 0 | 1 |',
        '',
        '**Quarantined files**',
        '',
        '- corrupt\\_gzip: 2 files, such as AWSLogs/a\\_b.json.gz',
        '',
        '**Failed days**',
        '',
        '- 2023-07-11: No permission for AWSLogs/x.',
        '',
        '\u00a0',
      ].join('\n'),
    );
  });

  it('say that it is paused, why, and how to resume it', () => {
    const control = { paused: true, pausedReason: 'the *disk*\nis full', daysInFlight: 2, batchesInFlight: 4 };
    const text = backfillDetails(status({ control }), ahead(), RATE);
    expect(text.split('\n').slice(2, 4)).toEqual(['**Paused**: the \\*disk\\* is full', '']);
    expect(text).toContain(
      `**Next:** send the update \`resume\` to continue, or run \`trailmill backfill resume '${ID}'\`\n`,
    );
    expect(text).not.toContain('Rate:');
    const { pausedReason, ...silent } = control;
    expect(backfillDetails(status({ control: silent }), ahead())).toContain('\n**Paused**\n');
  });

  it('stay short, however many days failed, and say how many more there are', () => {
    const failures = Array.from({ length: 500 }, (_, i) => ({ day: `day-${i}`, error: 'x'.repeat(500) }));
    const details = backfillDetails(status({ failures, days: { ...status().days, failed: 700 } }), ahead());
    expect(details.length).toBeLessThan(20_000);
    expect(details).toContain('- day-499: ');
    expect(details).toContain('- … and 680 more');
  });

  it('show an object key as text, without its Markdown', () => {
    const error = 'Not allowed: AWSLogs/__x__/[a](http://b)/<b>&amp;\n# | `c`*';
    expect(backfillDetails(status({ failures: [{ day: '2023-07-11', error }] }), ahead())).toContain(
      '- 2023-07-11: Not allowed: AWSLogs/\\_\\_x\\_\\_/\\[a\\]\\(http://b\\)/\\<b\\>\\&amp; \\# \\| \\`c\\`\\*',
    );
  });
});

test('the details of a day say how many of its files are in the tables', () => {
  const control = { paused: false, batchesInFlight: 4 };
  const day = { day: '2023-07-10', planned: { files: 10, bytes: 1 }, totals: { ...NO_TOTALS, files: 5 }, control };
  expect(dayDetails(day, { count: 1, reasons: ['batch 1 of 2: gone'] }, 'a step', RATE)).toMatch(
    /Files: 5 of 10 █{10}░{10} 50 %\n\nRate: 2\.5 files.*\n\n\*\*Next:\*\* a step\n[\s\S]*- batch 1 of 2: gone/,
  );
});

describe('the next step', () => {
  const days = { total: 4, done: 1, failed: 0, running: ['2023-07-11'], waiting: [] };
  const step = (more: Partial<BackfillStatus> = {}, how: Partial<BackfillContext> = {}) =>
    backfillStep(status({ days, ...more }), ahead(how));
  const range = '--from 2023-07-10 --to 2023-07-13';

  it('of a backfill is what it does, or what the user can do', () => {
    expect(step({}, { discovered: false })).toMatch(/accounts, kinds and regions/);
    expect(step({}, { day: '2023-07-12' })).toBe('2023-07-12, as soon as one of the days above finishes');
    expect(step({ days: { ...days, running: [], waiting: ['2023-07-13'] } })).toMatch(/the other run has finished/);
    const filter = { accounts: ['111122223333'], regions: ['eu-west-1', 'us-east-1'] };
    expect(step({ days: { ...days, done: 4, running: [] } }, { filter })).toBe(
      `nothing, the backfill is complete; \`trailmill audit ${range} --account 111122223333 --region eu-west-1,us-east-1\` verifies it`,
    );
    const failed = step({ days: { ...days, done: 3, failed: 1, running: [] } });
    expect(failed).toBe(
      `fix the problems listed below, then \`trailmill backfill start ${range}\`, which retries the failed days`,
    );
    expect(step({}, { cancelled: true })).toMatch(
      /^the backfill was cancelled; .*`trailmill backfill start .*` ingests the rest$/,
    );
  });

  it('names a filter of hundreds of accounts by the first of them', () => {
    const accounts = Array.from({ length: 300 }, (_, i) => String(111100000000 + i));
    expect(step({}, { cancelled: true, filter: { accounts } })).toContain('--account 111100000000,…`');
  });

  it('of a day names its current batches', () => {
    const day = { plan: { batches: 40, resumed: false }, nextGroup: 2, groupBatches: 16, failed: 0, paused: false };
    expect(dayStep(day)).toBe('batches 33 to 40 of 40, then commit');
    expect(dayStep({ ...day, plan: { ...day.plan, batches: 33 } })).toBe('batch 33 of 33, then commit');
    expect(dayStep({ ...day, plan: undefined })).toMatch(/list the files/);
    expect(dayStep({ ...day, nextGroup: 3 })).toBe('nothing, the day is complete');
    expect(dayStep({ ...day, nextGroup: 3, failed: 1 })).toMatch(/start the backfill again/);
    expect(dayStep({ ...day, nextGroup: 3, plan: { batches: 40, resumed: true } })).toMatch(/delivered since/);
    expect(dayStep({ ...day, paused: true })).toMatch(/when the backfill, the parent of this workflow, is resumed/);
  });

  it('of an audit is the next day, or what was found', () => {
    const audit = (done: number, count: number) =>
      auditStep({
        from: '2024-02-28',
        to: '2024-03-01',
        startedAt: 0,
        days: { total: 3, done },
        totals: NO_COUNTS,
        differences: { count, first: [] },
      });
    expect(audit(1, 0)).toBe('2024-02-29');
    expect(audit(3, 0)).toMatch(/^nothing/);
    expect(audit(3, 2)).toBe(
      '`trailmill audit --from 2024-02-28 --to 2024-03-01` shows what to do about 2 differences',
    );
  });
});

test('activities describe their part of the work, within the server’s limit', () => {
  const plan = { batches: 1200, about: ['2,000 files · 111122223333 eu-west-1'] };
  expect(batchSummary('2024-06-05', plan, 0)).toBe(
    'batch 1 of 1,200 · 2024-06-05 · 2,000 files · 111122223333 eu-west-1',
  );
  expect(batchSummary('2024-06-05', plan, 1)).toBe('batch 2 of 1,200 · 2024-06-05');
  expect(batchSummary('2024-06-05', { batches: 1 }, 0)).toBe('batch 1 of 1 · 2024-06-05');
  expect(commitSummary(0, 16)).toBe('group 1 · 16 batches');
  expect(Buffer.byteLength(batchSummary('2024-06-05', { ...plan, about: ['x'.repeat(500)] }, 0))).toBeLessThan(200);
});

test('a bar of nothing is full, and no bar exceeds its width', () => {
  expect(progressBar(0, 0)).toBe(`0 of 0 ${'█'.repeat(20)} 100 %`);
  expect(progressBar(7, 5)).toMatch(/100 %$/);
  expect(progressBar(999, 1000)).toMatch(/99 %$/);
});

describe('the reason of a failure', () => {
  const activity = (cause: Error): ActivityFailure =>
    new ActivityFailure('Activity task failed', 'ingestBatch', '1', 'MAXIMUM_ATTEMPTS_REACHED', undefined, cause);
  const child = (cause: Error): ChildWorkflowFailure =>
    new ChildWorkflowFailure('default', { workflowId: 'w' }, 'ingestDay', 'NON_RETRYABLE_FAILURE', cause);

  it('is the innermost one, without Temporal’s wrappers', () => {
    expect(reasonOf(child(activity(new Error('No permission for AWSLogs/x.'))))).toBe('No permission for AWSLogs/x.');
    expect(reasonOf('a string')).toBe('a string');
  });

  it('is truncated, so that hundreds of them fit into one payload', () => {
    expect(reasonOf(new Error('x'.repeat(10_000)))).toHaveLength(500);
  });
});

test('days follow each other over months and leap years', () => {
  expect(['2023-12-31', '2024-02-28', '2023-02-28'].map(nextDay)).toEqual(['2024-01-01', '2024-02-29', '2023-03-01']);
  expect([countDays('2023-07-10', '2023-07-10'), countDays('2023-07-11', '2023-07-10')]).toEqual([1, 0]);
});
