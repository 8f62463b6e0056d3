/** What workflows say to people: in the UI's details, and in the reasons of failures. */
import { ActivityFailure, ChildWorkflowFailure } from '@temporalio/common';
import { countDays, nextDay } from '../../workflows/days';
import { backfillDetails, bar, dayDetails } from '../../workflows/details';
import { reasonOf } from '../../workflows/failures';
import { type BackfillStatus, NO_TOTALS } from '../../workflows/messages';

const ID = 'backfill/aws_cloudtrail/2023-07-10..2023-07-13';
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
  it('name folders that nobody understands', () => {
    const text = backfillDetails(status({ unknown: { folders: 7, first: ['AWSLogs/12345678901/'] } }), ID);
    expect(text).toMatch('**Folders that are not understood**\n\n- AWSLogs/12345678901/\n- … and 6 more\n');
    expect(backfillDetails(status({ unknown: { folders: 0, first: [] } }), ID)).toBe(backfillDetails(status(), ID));
  });

  it('say how far it is, what it works on, what it has read, and what failed and why', () => {
    expect(backfillDetails(status(), ID)).toBe(
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

  it('say that it is paused, why, and how it goes on', () => {
    const control = { paused: true, pausedReason: 'the *disk*\nis full', daysInFlight: 2, batchesInFlight: 4 };
    expect(backfillDetails(status({ control }), ID).split('\n').slice(2, 6)).toEqual([
      '**Paused**: the \\*disk\\* is full',
      '',
      `Send the update \`resume\` to go on, or: \`trailmill backfill resume '${ID}'\``,
      '',
    ]);
    const { pausedReason, ...silent } = control;
    expect(backfillDetails(status({ control: silent }), ID)).toContain('\n**Paused**\n');
    const day = { day: '2023-07-10', planned: { files: 1, bytes: 1 }, totals: NO_TOTALS, control };
    expect(dayDetails(day, { count: 0, reasons: [] })).toMatch(/\*\*Paused\*\*: the .*\n\n.*its backfill.*is resumed/);
  });

  it('stay short, however many days failed, and say how many more there are', () => {
    const failures = Array.from({ length: 500 }, (_, i) => ({ day: `day-${i}`, error: 'x'.repeat(500) }));
    const details = backfillDetails(status({ failures, days: { ...status().days, failed: 700 } }), ID);
    expect(details.length).toBeLessThan(20_000);
    expect(details).toContain('- day-499: ');
    expect(details).toContain('- … and 680 more');
  });

  it('show what an object key says, and do not let it speak', () => {
    const error = 'Not allowed: AWSLogs/__x__/[a](http://b)/<b>&amp;\n# | `c`*';
    expect(backfillDetails(status({ failures: [{ day: '2023-07-11', error }] }), ID)).toContain(
      '- 2023-07-11: Not allowed: AWSLogs/\\_\\_x\\_\\_/\\[a\\]\\(http://b\\)/\\<b\\>\\&amp; \\# \\| \\`c\\`\\*',
    );
  });
});

test('the details of a day say how many of its files are in the tables', () => {
  const control = { paused: false, batchesInFlight: 4 };
  const day = { day: '2023-07-10', planned: { files: 10, bytes: 1 }, totals: { ...NO_TOTALS, files: 5 }, control };
  expect(dayDetails(day, { count: 1, reasons: ['batch 1 of 2: gone'] })).toMatch(
    /Files: 5 of 10 █{10}░{10} 50 %[\s\S]*- batch 1 of 2: gone/,
  );
});

test('a bar of nothing is full, and one is never fuller than full', () => {
  expect(bar(0, 0)).toBe(`0 of 0 ${'█'.repeat(20)} 100 %`);
  expect(bar(7, 5)).toMatch(/100 %$/);
  expect(bar(999, 1000)).toMatch(/99 %$/);
});

describe('the reason of a failure', () => {
  const activity = (cause: Error): ActivityFailure =>
    new ActivityFailure('Activity task failed', 'ingestBatch', '1', 'MAXIMUM_ATTEMPTS_REACHED', undefined, cause);
  const child = (cause: Error): ChildWorkflowFailure =>
    new ChildWorkflowFailure('default', { workflowId: 'w' }, 'ingestDay', 'NON_RETRYABLE_FAILURE', cause);

  it('is the innermost one, not how Temporal wrapped it', () => {
    expect(reasonOf(child(activity(new Error('No permission for AWSLogs/x.'))))).toBe('No permission for AWSLogs/x.');
    expect(reasonOf('a string')).toBe('a string');
  });

  it('is cut, so that hundreds of them fit into one payload', () => {
    expect(reasonOf(new Error('x'.repeat(10_000)))).toHaveLength(500);
  });
});

test('days follow each other over months and leap years', () => {
  expect(['2023-12-31', '2024-02-28', '2023-02-28'].map(nextDay)).toEqual(['2024-01-01', '2024-02-29', '2023-03-01']);
  expect([countDays('2023-07-10', '2023-07-10'), countDays('2023-07-11', '2023-07-10')]).toEqual([1, 0]);
});
