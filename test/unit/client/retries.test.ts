/** What is tried again, from the server's description of a workflow to the sentence that a person reads. */
import type { Timestamp } from '@temporalio/common';
import { retryTexts } from '../../../client/backfill/render-retries';
import { type Retry, retriesOf } from '../../../client/backfill/retries';
import { dayOfId } from '../../../client/backfill/visibility';

const NOW = Date.parse('2024-06-15T12:00:00Z');
const UI = 'http://127.0.0.1:8233/x';
/** Seconds after {@link NOW}, as the protocol has times. */
const at = (seconds: number) => ({ seconds: NOW / 1000 + seconds }) as unknown as Timestamp;

type Pending = NonNullable<Parameters<typeof retriesOf>[0]['pendingActivities']>[number];

function pending(name: string, attempt: number, more: Partial<Pending> = {}): Pending {
  return { activityType: { name }, attempt, lastFailure: { message: 'The bucket is away.' }, ...more } as Pending;
}

describe('what stands still', () => {
  test('is what has failed and is tried again, not what is under way for the first time', () => {
    const first = pending('planDay', 1, { lastFailure: null });
    expect(retriesOf({ pendingActivities: [first] }, '2024-06-05', UI)).toEqual([]);
    const again = pending('planDay', 4, { nextAttemptScheduleTime: at(12) });
    expect(retriesOf({ pendingActivities: [first, again] }, '2024-06-05', UI)).toEqual([
      {
        day: '2024-06-05',
        activity: 'planDay',
        count: 1,
        attempt: 4,
        error: 'The bucket is away.',
        nextAttemptAt: '2024-06-15T12:00:12.000Z',
        ui: UI,
      },
    ]);
  });

  test('is told once for batches that wait for the same, with the furthest try and the soonest next one', () => {
    const pendingActivities = [
      pending('ingestBatch', 2, { nextAttemptScheduleTime: at(20) }),
      pending('ingestBatch', 5, { nextAttemptScheduleTime: at(8) }),
      pending('ingestBatch', 3, { lastFailure: { message: 'Another\n  reason' }, nextAttemptScheduleTime: null }),
    ];
    const [same, other] = retriesOf({ pendingActivities }, '2024-06-05', UI);
    expect(same).toMatchObject({ count: 2, attempt: 5, nextAttemptAt: '2024-06-15T12:00:08.000Z' });
    expect(other).toMatchObject({ count: 1, error: 'Another reason', nextAttemptAt: null });
    const [underWay] = retriesOf({ pendingActivities: [pendingActivities[0], pending('ingestBatch', 2)] }, null, UI);
    expect(underWay).toMatchObject({ count: 2, nextAttemptAt: null });
  });

  test('is said in words when a worker has died, and when it cannot go on with the workflow', () => {
    const lost = (timeoutType: number) =>
      pending('commit', 2, { lastFailure: { message: 'activity timeout', timeoutFailureInfo: { timeoutType } } });
    const errors = retriesOf({ pendingActivities: [lost(4), lost(1)] }, null, UI).map(({ error }) => error);
    expect(errors).toEqual(['Its worker stopped sending heartbeats.', 'It exceeded the time limit of one attempt.']);
    const stuck = (attempt: number) => retriesOf({ pendingWorkflowTask: { attempt } }, null, UI);
    expect(stuck(2)).toEqual([]);
    expect(stuck(7)).toMatchObject([{ activity: 'workflow', attempt: 7, error: expect.stringMatching(/its log/) }]);
  });
});

describe('in sentences', () => {
  const retry: Retry = {
    day: '2024-06-05',
    activity: 'planDay',
    count: 1,
    attempt: 4,
    error: 'The bucket is away',
    nextAttemptAt: new Date(NOW + 12_000).toISOString(),
    ui: UI,
  };

  test('it is a day, what it does, the reason and the next try', () => {
    const texts = retryTexts(
      [
        retry,
        { ...retry, activity: 'ingestBatch', count: 3, nextAttemptAt: null },
        { ...retry, day: null, activity: 'discover', error: 'No answer!' },
        { ...retry, activity: 'somethingNew' as never, count: 2 },
      ],
      NOW,
      9,
    );
    expect(texts).toEqual([
      '2024-06-05: planning is being retried (attempt 4): The bucket is away. Next attempt in 12 s.',
      '2024-06-05: 3 batches are being retried (attempt 4): The bucket is away. The next attempt is in progress.',
      'the backfill: listing the folders of the bucket is being retried (attempt 4): No answer! Next attempt in 12 s.',
      '2024-06-05: 2 × somethingNew are being retried (attempt 4): The bucket is away. Next attempt in 12 s.',
    ]);
  });

  test('many are counted', () => {
    expect(retryTexts([retry, retry, retry], NOW, 1)).toEqual([expect.stringContaining('planning'), '… and 2 more']);
  });
});

test('the day is read off the id of its workflow, and off no other', () => {
  expect(dayOfId('ingest/aws_cloudtrail/2024-06-05')).toBe('2024-06-05');
  expect(dayOfId('ingest/a/b/2024-06-05')).toBe('2024-06-05');
  expect(dayOfId('backfill/aws_cloudtrail/2024-06-05')).toBeNull();
  expect(dayOfId('ingest/aws_cloudtrail/now')).toBeNull();
});
