/** Lines of the log: what a program and a person read of an entry. */
import { ApplicationFailure } from '@temporalio/common';
import type { LogEntry } from '@temporalio/worker';
import { activityFailure } from '../../../activities/failures';
import { StorageUnavailable } from '../../../errors/index';
import { auditId, backfillId, ingestDayId, parseWorkflowId } from '../../../protocol/ids';
import { logLine } from '../../../worker/log-lines';

function entry(meta: LogEntry['meta'], more: Partial<LogEntry> = {}): LogEntry {
  return { level: 'INFO', message: 'Batch written', timestampNanos: 1_709_640_000_000_000_000n, meta, ...more };
}

/** As the SDK has them for an activity. */
const OF_ACTIVITY = {
  workflowId: ingestDayId('aws_cloudtrail', '2024-03-05'),
  workflowRunId: 'run-1',
  workflowType: 'ingestDay',
  activityType: 'ingestBatch',
  activityId: '2',
  attempt: 3,
  taskToken: 'c2VjcmV0',
  isLocal: false,
  sdkComponent: 'activity',
};

describe('a line of JSON', () => {
  const lineOf = (meta: LogEntry['meta'], more?: Partial<LogEntry>): Record<string, unknown> => {
    const line = logLine('json', entry(meta, more));
    expect(line.indexOf('\n')).toBe(line.length - 1);
    return JSON.parse(line);
  };

  it('has time, level, message, the workflow, the try, and what was counted', () => {
    expect(lineOf({ ...OF_ACTIVITY, files: 12, seconds: 0.5 })).toEqual({
      time: '2024-03-05T12:00:00.000Z',
      level: 'INFO',
      message: 'Batch written',
      workflowId: 'ingest/aws_cloudtrail/2024-03-05',
      workflowType: 'ingestDay',
      runId: 'run-1',
      activityType: 'ingestBatch',
      activityId: '2',
      attempt: 3,
      source: 'aws_cloudtrail',
      day: '2024-03-05',
      files: 12,
      seconds: 0.5,
    });
  });

  it('of a backfill has its range', () => {
    const workflowId = backfillId('logs', '2024-03-01', '2024-03-31', { regions: ['eu-west-1'] });
    expect(lineOf({ workflowId, runId: 'run-2' })).toMatchObject({
      runId: 'run-2',
      source: 'logs',
      from: '2024-03-01',
      to: '2024-03-31',
    });
  });

  it('of an expected error has its type and cure, without a stack', () => {
    const error = activityFailure(new StorageUnavailable('The disk is full.', 'Make room.'), 1, false);
    expect(lineOf({ ...OF_ACTIVITY, error }).error).toEqual({
      type: 'StorageUnavailable',
      message: 'The disk is full. Make room.',
    });
  });

  it('of a defect has its stack', () => {
    const error = activityFailure(new RangeError('no such row'), 1, false);
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(lineOf({ ...OF_ACTIVITY, error }).error).toEqual({
      type: 'RangeError',
      message: 'no such row',
      stack: expect.stringContaining('log-lines.test'),
    });
  });

  it('is also written for values that JSON cannot represent', () => {
    const round: Record<string, unknown> = { snapshot: 9_007_199_254_740_993n };
    expect(lineOf(round).snapshot).toBe('9007199254740993');
    round.itself = round;
    expect(lineOf(round)).toEqual({ time: '2024-03-05T12:00:00.000Z', level: 'INFO', message: 'Batch written' });
  });
});

describe('a line of text', () => {
  it('has what happened, what was counted, where, and why', () => {
    expect(logLine('text', entry({ ...OF_ACTIVITY, files: 12 }))).toBe(
      '2024-03-05T12:00:00.000Z INFO Batch written files=12 (ingestBatch ingest/aws_cloudtrail/2024-03-05 attempt 3)\n',
    );
    const error = activityFailure(new StorageUnavailable('The disk is full.', 'Make room.'), 1, false);
    const failed = entry({ ...OF_ACTIVITY, error }, { level: 'WARN', message: 'Activity failed' });
    expect(logLine('text', failed)).toBe(
      '2024-03-05T12:00:00.000Z WARN Activity failed (ingestBatch ingest/aws_cloudtrail/2024-03-05 attempt 3): The disk is full. Make room.\n',
    );
  });
});

describe('the parts of a workflow id', () => {
  const range = { source: 'logs', from: '2024-03-01', to: '2024-03-31' };
  it.each([
    ['a day', ingestDayId('logs', '2024-03-05'), { source: 'logs', day: '2024-03-05' }],
    ['a range', backfillId('logs', '2024-03-01', '2024-03-31'), range],
    ['a narrowed range', auditId('logs', '2024-03-01', '2024-03-31', { kinds: ['CloudTrail'] }), range],
    ['a start by a schedule', `${backfillId('logs', '2024-03-01', '2024-03-31')}-2024-04-01T00:00:00Z`, range],
  ])('are those that %s was named with', (_, id, parts) => expect(parseWorkflowId(id)).toEqual(parts));

  it('are not guessed for other workflows', () => {
    expect(parseWorkflowId('ingest/logs')).toBeUndefined();
    expect(parseWorkflowId('order-2024-03-05')).toBeUndefined();
  });
});
