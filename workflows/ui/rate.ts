/** Estimates the speed and the remaining time of a backfill from samples of its state. Pure. */
import type { BackfillStatus, Totals } from '../../protocol/messages.js';
import { count, duration } from '../../text/numbers.js';

/** The measured state. Properties are `null` if they could not be read. */
export interface Measured {
  /** Milliseconds since the epoch. */
  startedAt: number;
  days: Pick<BackfillStatus['days'], 'total' | 'done' | 'failed' | 'running'> | null;
  planned: BackfillStatus['planned'] | null;
  totals: Totals | null;
}

/** The speed of a workflow over the last minute. */
export interface Rate {
  filesPerSecond: number;
  eventsPerSecond: number;
  bytesPerSecond: number;
  /** `null` while there is no data for an estimate. */
  secondsLeft: number | null;
}

interface Sample {
  /** Milliseconds since the epoch. */
  at: number;
  files: number;
  events: number;
  bytes: number;
}

/** Commits come in groups, so a shorter window would fluctuate between zero and too high values. */
const WINDOW_MS = 60_000;

/** Takes every state of a workflow, and returns the rate over the last minute. */
export class RateMeter {
  private samples: Sample[] = [];

  /** `now` in milliseconds since the epoch. */
  measure(measured: Measured, now: number): Rate {
    const { files = 0, events = 0, bytes = 0 } = measured.totals ?? {};
    const latest = { at: now, files, events, bytes };
    this.samples = [...this.samples.filter((sample) => now - sample.at <= WINDOW_MS), latest];
    const first = this.samples[0];
    let rate = between(first, latest);
    // No progress in the window, or the first sample: the average since the start is a better estimate.
    if (rate.bytesPerSecond === 0) {
      rate = between({ at: measured.startedAt, files: 0, events: 0, bytes: 0 }, latest);
    }
    return { ...rate, secondsLeft: secondsLeft(measured, rate.bytesPerSecond, now) };
  }
}

/** Formats a rate: `12 files/s, 1,235 events/s · about 2 min 5 s left` */
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
    // Assume that days without a plan are as large as the average of the others.
    const expected = (planned.bytes / plannedDays) * days.total;
    return Math.max(0, expected - totals.bytes) / bytesPerSecond;
  }
  if (ended === 0) return null;
  const elapsed = (now - startedAt) / 1000;
  return (elapsed / ended) * (days.total - ended);
}
