/** How fast a backfill goes, and how long it will still take. Pure: samples in, estimates out. */
import type { BackfillView } from './backfill-view.js';

export interface Rate {
  eventsPerSecond: number;
  bytesPerSecond: number;
  /** `null` while there is nothing to estimate from. */
  secondsLeft: number | null;
}

interface Sample {
  /** Milliseconds since the epoch. */
  at: number;
  events: number;
  bytes: number;
}

/** Commits come in groups, so a shorter window would jump between nothing and too much. */
const WINDOW_MS = 60_000;

/** Feed it every view; it answers with the rate over the last minute. */
export class RateMeter {
  private samples: Sample[] = [];

  /** `now` in milliseconds since the epoch. */
  measure(view: BackfillView, now: number): Rate {
    const latest = { at: now, events: view.totals?.events ?? 0, bytes: view.totals?.bytes ?? 0 };
    this.samples = [...this.samples.filter((sample) => now - sample.at <= WINDOW_MS), latest];
    const first = this.samples[0];
    let rate = between(first, latest);
    // Nothing in the window, or a watch that has just begun: the average since the start is the better guess.
    if (rate.bytesPerSecond === 0) {
      rate = between({ at: Date.parse(view.startedAt), events: 0, bytes: 0 }, latest);
    }
    return { ...rate, secondsLeft: secondsLeft(view, rate.bytesPerSecond, now) };
  }
}

function between(first: Sample, last: Sample): Omit<Rate, 'secondsLeft'> {
  const seconds = (last.at - first.at) / 1000;
  if (seconds <= 0) return { eventsPerSecond: 0, bytesPerSecond: 0 };
  return {
    eventsPerSecond: Math.max(0, last.events - first.events) / seconds,
    bytesPerSecond: Math.max(0, last.bytes - first.bytes) / seconds,
  };
}

function secondsLeft(view: BackfillView, bytesPerSecond: number, now: number): number | null {
  const { days, planned, totals } = view;
  if (days === null || planned === null || totals === null) return null;
  const ended = days.done + days.failed;
  const plannedDays = ended + days.running.length;
  if (planned.bytes > 0 && plannedDays > 0 && bytesPerSecond > 0) {
    // Days that are not planned yet are taken to be like the others.
    const expected = (planned.bytes / plannedDays) * days.total;
    return Math.max(0, expected - totals.bytes) / bytesPerSecond;
  }
  if (ended === 0) return null;
  const elapsed = (now - Date.parse(view.startedAt)) / 1000;
  return (elapsed / ended) * (days.total - ended);
}
