/** The times that `--dry-run` shows are those of the server: both are compared, also around clock changes. */
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { specOf } from '../../../client/schedule/definition';
import { nextTimes } from '../../../client/schedule/next-times';
import type { Rhythm } from '../../../config/rhythm';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const RHYTHMS: Rhythm[] = [
  { every: 'day', hour: 1, minute: 0 },
  { every: 'day', hour: 1, minute: 30 },
  { every: 'day', hour: 2, minute: 30 },
  { every: 'day', hour: 23, minute: 59 },
  { every: 'hour', minute: 7 },
  { every: 'week', weekday: 'sunday', hour: 2, minute: 15 },
  { every: 'minutes', minutes: 5 },
  { every: 'minutes', minutes: 35 },
];
/** Places where clocks change soon after: forward and back, by an hour and half an hour, at midnight; or never. */
const PLACES: [timeZone: string, after: string, change: string | undefined][] = [
  ['UTC', '2027-03-10T00:00:00Z', undefined],
  ['Asia/Kathmandu', '2027-03-10T00:00:00Z', undefined],
  ['America/New_York', '2027-03-11T12:00:00Z', '2027-03-14T07:00:00Z'],
  ['America/New_York', '2027-11-04T12:00:00Z', '2027-11-07T06:00:00Z'],
  ['Europe/Berlin', '2027-03-25T12:00:00Z', '2027-03-28T01:00:00Z'],
  ['Europe/Berlin', '2027-10-28T12:00:00Z', '2027-10-31T01:00:00Z'],
  ['Australia/Lord_Howe', '2027-04-01T12:00:00Z', '2027-04-03T15:00:00Z'],
  ['Australia/Lord_Howe', '2027-09-30T12:00:00Z', '2027-10-02T15:30:00Z'],
  ['America/Havana', '2027-11-04T12:00:00Z', '2027-11-07T05:00:00Z'],
];
/** Milliseconds around a clock change within which server 1.29 may have one run more or less than its API says. */
const NEAR = 2 * 3_600_000;

describeWithTemporal('the next times of a schedule', () => {
  let client: Client;
  beforeAll(async () => {
    client = new Client({ connection: await Connection.connect({ address: temporalAddress() }) });
  });
  afterAll(() => client.connection.close());

  it.each(PLACES)('in %s after %s are the same here and on the server', async (timezone, after, change) => {
    const startAt = new Date(after);
    for (const rhythm of RHYTHMS) {
      const handle = await client.schedule.create({
        scheduleId: `times-${randomBytes(6).toString('hex')}`,
        spec: { ...specOf(rhythm), timezone, startAt, jitter: 0 },
        action: { type: 'startWorkflow', workflowType: 'none', taskQueue: 'none' },
        state: { paused: true },
      });
      try {
        const isNear = (at: number): boolean => change !== undefined && Math.abs(at - Date.parse(change)) < NEAR;
        const usual = (times: number[]): string[] =>
          times.filter((at) => !isNear(at)).map((at) => new Date(at).toISOString());
        const theirs = usual((await handle.describe()).info.nextActionTimes.map(Number));
        const ours = usual(nextTimes(rhythm, timezone, startAt.getTime() - 1, 10));
        const both = Math.min(ours.length, theirs.length);
        expect(both).toBeGreaterThanOrEqual(8);
        expect({ rhythm, times: ours.slice(0, both) }).toEqual({ rhythm, times: theirs.slice(0, both) });
      } finally {
        await handle.delete();
      }
    }
  });
});
