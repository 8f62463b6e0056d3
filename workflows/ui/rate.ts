/** How fast a backfill goes, and how long it will still take. Pure: samples in, estimates out. */
import type { BackfillStatus, Totals } from '../../protocol/messages.js';
import { count, duration } from '../../text/numbers.js';

/** The state that is measured; `null` where it could not be read. */
export interface Measured {
  /** Milliseconds since the epoch. */
  startedAt: number;
  days: Pick<BackfillStatus['days'], 'total' | 'done' | 'failed' | 'running'> | null;
  planned: BackfillStatus['planned'] | null;
  totals: Totals | null;
}

/** How fast a workflow works, over the last minute. */
export interface Rate {
  filesPerSecond: number;
  eventsPerSecond: number;
  bytesPerSecond: number;
  /** `null` while there is nothing to estimate from. */
  secondsLeft: number | null;
}

interface Sample {
  /** Milliseconds since the epoch. */
  at: number;
  files: number;
  events: number;
  bytes: number;
}

/** Commits come in groups, so a shorter window would jump between nothing and too much. */
const WINDOW_MS = 60_000;

/** Feed it every state; it answers with the rate over the last minute. */
export class RateMeter {
  private samples: Sample[] = [];

  /** `now` in milliseconds since the epoch. */
  measure(measured: Measured, now: number): Rate {
    const { files = 0, events = 0, bytes = 0 } = measured.totals ?? {};
    const latest = { at: now, files, events, bytes };
    this.samples = [...this.samples.filter((sample) => now - sample.at <= WINDOW_MS), latest];
    const first = this.samples[0];
    let rate = between(first, latest);
    // Nothing in the window, or a watch that has just begun: the average since the start is the better guess.
    if (rate.bytesPerSecond === 0) {
      rate = between({ at: measured.startedAt, files: 0, events: 0, bytes: 0 }, latest);
    }
    return { ...rate, secondsLeft: secondsLeft(measured, rate.bytesPerSecond, now) };
  }
}

/** `12 files/s, 1,235 events/s · about 2 min 5 s left` */
export function rateText({ filesPerSecond, eventsPerSecond, secondsLeft }: Rate): string {
  const files = filesPerSecond < 10 ? filesPerSecond.toFixed(1) : count(filesPerSecond);
  const left = secondsLeft === null ? '' : ` · about ${duration(secondsLeft)} left`;
  return `${files} files/s, ${count(eventsPerSecond)} events/s${left}`;
}

function between(first: Sample, last: Sample): Omit<Rate, 'secondsLeft'> {
  const seconds = (last.at - first.at) / 1000;
  const of = (what: 'files' | 'events' | 'bytes'): number =>
    seconds <= 0 ? 0 : Math.max(0, last[what] - first[what]) / seconds;
  return { filesPerSecond: of('files'), eventsPerSecond: of('events'), bytesPerSecond: of('bytes') };
}

function secondsLeft(
  { startedAt, days, planned, totals }: Measured,
  bytesPerSecond: number,
  now: number,
): number | null {
  if (days === null || planned === null || totals === null) return null;
  const ended = days.done + days.failed;
  const plannedDays = ended + days.running.length;
  if (planned.bytes > 0 && plannedDays > 0 && bytesPerSecond > 0) {
    // Days that are not planned yet are taken to be like the others.
    const expected = (planned.bytes / plannedDays) * days.total;
    return Math.max(0, expected - totals.bytes) / bytesPerSecond;
  }
  if (ended === 0) return null;
  const elapsed = (now - startedAt) / 1000;
  return (elapsed / ended) * (days.total - ended);
}
