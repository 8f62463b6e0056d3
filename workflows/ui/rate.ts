/** Estimates the speed and the remaining time of a backfill from samples of its state. Pure. */
import type { BackfillStatus, Totals } from '../../protocol/messages.js';
import { count, duration } from '../../text/numbers.js';
import { expectedTotals } from './expected.js';

/** The measured state. Properties are `null` if they could not be read. */
export interface Measured {
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** A pause says nothing about the speed: what was measured before it is forgotten. */
  paused?: boolean;
  days: Pick<BackfillStatus['days'], 'total' | 'done' | 'failed' | 'running'> | null;
  planned: BackfillStatus['planned'] | null;
  totals: Totals | null;
}

/** The speed of a workflow over the last minute. */
export interface Rate {
  filesPerSecond: number;
  eventsPerSecond: number;
  bytesPerSecond: number;
  /** Smoothed; `null` while there is no data for an estimate. */
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
/** The remaining time is estimated from a longer window, so that it does not jump with every commit. */
const ESTIMATE_WINDOW_MS = 300_000;
/** Before that, an estimate would be a guess from the first commit. */
const FIRST_ESTIMATE_MS = 10_000;
/** How slowly the estimated end follows a new estimate: after this time, 63 % of the way. */
const SMOOTHING_MS = 30_000;
/** The smoothed estimate is not less than this part of the new one: it must not say "0 s left" for minutes. */
const LEAST_OF_NEW = 0.5;

/** Takes every state of a workflow, and returns the rate over the last minute. */
export class RateMeter {
  private samples: Sample[] = [];
  /** The estimated end, and when it was estimated. */
  private end: { at: number; estimatedAt: number } | undefined;
  /** The end of the last pause. */
  private resumedAt: number | undefined;

  /** `now` in milliseconds since the epoch. */
  measure(measured: Measured, now: number): Rate {
    const { files = 0, events = 0, bytes = 0 } = measured.totals ?? {};
    const latest = { at: now, files, events, bytes };
    if (measured.paused) {
      this.samples = [latest];
      this.end = undefined;
      this.resumedAt = now;
      return { ...between(latest, latest), secondsLeft: null };
    }
    this.samples = [...this.samples.filter((sample) => now - sample.at <= ESTIMATE_WINDOW_MS), latest];
    const rate = this.rateSince(now - WINDOW_MS, measured, latest);
    const { bytesPerSecond } = this.rateSince(now - ESTIMATE_WINDOW_MS, measured, latest);
    return { ...rate, secondsLeft: this.smoothed(secondsLeft(measured, bytesPerSecond, now), measured, now) };
  }

  private rateSince(time: number, { startedAt }: Measured, latest: Sample): Omit<Rate, 'secondsLeft'> {
    const first = this.samples.find(({ at }) => at >= time) ?? latest;
    const rate = between(first, latest);
    if (rate.bytesPerSecond > 0 || this.resumedAt !== undefined) return rate;
    // No progress in the window, or the first sample: the average since the start is a better estimate.
    return between({ at: startedAt, files: 0, events: 0, bytes: 0 }, latest);
  }

  /** The end of the work moves slowly: estimates from a single commit, or after another day is planned, would jump. */
  private smoothed(seconds: number | null, { startedAt }: Measured, now: number): number | null {
    if (now - Math.max(startedAt, this.resumedAt ?? 0) < FIRST_ESTIMATE_MS) return null;
    const { end } = this;
    if (seconds === null) {
      // For example, a worker that did not answer in time.
      return end === undefined ? null : Math.max(0, (end.at - now) / 1000);
    }
    const newEnd = now + seconds * 1000;
    const weight = end === undefined ? 1 : 1 - Math.exp((end.estimatedAt - now) / SMOOTHING_MS);
    const at = end === undefined ? newEnd : end.at + weight * (newEnd - end.at);
    this.end = { at: Math.max(at, now + seconds * 1000 * LEAST_OF_NEW), estimatedAt: now };
    return (this.end.at - now) / 1000;
  }
}

/** Formats a rate: `12 files/s, 1,235 events/s · about 2 min 5 s left` */
export function rateText({ filesPerSecond, eventsPerSecond, secondsLeft }: Rate): string {
  const files = filesPerSecond < 10 ? filesPerSecond.toFixed(1) : count(filesPerSecond);
  const left = secondsLeft === null ? '' : ` · ${timeLeftText(secondsLeft)}`;
  return `${files} files/s, ${count(eventsPerSecond)} events/s${left}`;
}

/** `about 2 min 5 s left`; in steps that are no finer than the estimate: 5 s, 1 min from 10 min on, 10 min from 3 h on. */
export function timeLeftText(seconds: number): string {
  const step = seconds < 600 ? 5 : seconds < 3 * 3600 ? 60 : 600;
  const rounded = Math.ceil(seconds / step) * step;
  return `about ${duration(rounded)} left`;
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
  const expected = expectedTotals(days, planned);
  if (expected !== undefined && expected.bytes > 0)
    return bytesPerSecond > 0 ? Math.max(0, expected.bytes - totals.bytes) / bytesPerSecond : null;
  const ended = days.done + days.failed;
  if (ended === 0) return null;
  const elapsed = (now - startedAt) / 1000;
  return (elapsed / ended) * (days.total - ended);
}
