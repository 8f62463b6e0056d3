/** Pausing, resuming and changing the window, as far as they are values: what is accepted, and what the state is then. */
import {
  type ControlState,
  dayControlOf,
  paused,
  pauseError,
  resumed,
  windowError,
  withWindow,
} from '../../../protocol/control';

const RUNNING: ControlState = { paused: false, daysInFlight: 2, batchesInFlight: 4 };

describe('a pause', () => {
  it('has a reason or none, and pausing again changes nothing', () => {
    const first = paused(RUNNING, ' the disk\n is full ');
    expect(first).toEqual({ ...RUNNING, paused: true, pausedReason: 'the disk is full' });
    expect(paused(first, 'lunch')).toBe(first);
    for (const nothing of [undefined, null, ' '])
      expect(paused(RUNNING, nothing)).toEqual({ ...RUNNING, paused: true });
  });

  it('ends together with its reason, and resuming a running backfill changes nothing', () => {
    expect(resumed(paused(RUNNING, 'lunch'))).toEqual(RUNNING);
    expect(resumed(RUNNING)).toBe(RUNNING);
  });

  it.each([
    [{ reason: 'lunch' }, /must be a string/],
    [7, /must be a string/],
    ['x'.repeat(201), /has 201 characters; at most 200 are allowed/],
  ])('is refused with %j for a reason', (reason, sentence) => expect(pauseError(reason)).toMatch(sentence));

  it('is not refused for a text, nor without one', () => {
    expect([undefined, null, '', 'lunch'].map(pauseError)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('a window', () => {
  it('changes the given values, even during a pause', () => {
    expect(withWindow(RUNNING, { daysInFlight: 9 })).toEqual({ ...RUNNING, daysInFlight: 9 });
    expect(withWindow(paused(RUNNING, 'x'), { batchesInFlight: 1 })).toMatchObject({
      paused: true,
      batchesInFlight: 1,
    });
  });

  it.each([
    [undefined, /A window must be an object/],
    [null, /A window must be an object/],
    [[4], /A window must be an object/],
    ['4', /A window must be an object/],
    [{}, /nothing to change/],
    [{ days: 4 }, /no property "days", only daysInFlight and batchesInFlight/],
    [{ constructor: 4 }, /no property "constructor"/],
    [{ daysInFlight: 4, x: 1 }, /no property "x"/],
    [{ daysInFlight: '4' }, /daysInFlight must be an integer from 1 to 100, not "4"/],
    [{ daysInFlight: 1.5 }, /from 1 to 100, not 1.5/],
    [{ daysInFlight: 0 }, /from 1 to 100, not 0/],
    [{ daysInFlight: 101 }, /from 1 to 100, not 101/],
    [{ daysInFlight: null }, /from 1 to 100, not null/],
    [{ batchesInFlight: 501 }, /batchesInFlight must be an integer from 1 to 500, not 501/],
  ])('is refused when it is %j', (change, sentence) => expect(windowError(change)).toMatch(sentence));

  it.each([{ daysInFlight: 1 }, { batchesInFlight: 500 }, { daysInFlight: 100, batchesInFlight: 1 }])(
    'is accepted when it is %j',
    (change) => expect(windowError(change)).toBeUndefined(),
  );
});

test('a day gets the part that applies to it', () => {
  expect(dayControlOf(paused(RUNNING, 'lunch'))).toEqual({ paused: true, pausedReason: 'lunch', batchesInFlight: 4 });
  expect(dayControlOf(RUNNING)).toEqual({ paused: false, batchesInFlight: 4 });
});
