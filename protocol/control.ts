/**
 * Control of a running backfill: pause, resume, and limits on what is in flight. Pure, so that the CLI and the settings can use
 * it too.
 */
import { count, counted } from '../text/numbers.js';

/** Limits of the window. They also apply to `ingest.days_in_flight` and `ingest.batches_in_flight` in temporal.yaml. */
export const WINDOW_LIMITS = {
  daysInFlight: { least: 1, most: 100 },
  batchesInFlight: { least: 1, most: 500 },
} as const;
type WindowName = keyof typeof WINDOW_LIMITS;

/** In characters. The reason is shown in the list of backfills and on one terminal line. */
export const PAUSE_REASON_LIMIT = 200;

/** Argument of the update `changeWindow`: at least one property. */
export type WindowChange = Partial<Record<WindowName, number>>;

/** The result of each update. */
export interface ControlState {
  paused: boolean;
  /** The reason given for the pause. */
  pausedReason?: string;
  daysInFlight: number;
  batchesInFlight: number;
}

/** The part of the state that applies to a single day; also the payload of the signal to a running day. */
export type DayControl = Omit<ControlState, 'daysInFlight'>;

/** Extracts the part of the state that applies to a single day. */
export function dayControlOf({ paused, pausedReason, batchesInFlight }: ControlState): DayControl {
  return { paused, ...(pausedReason === undefined ? {} : { pausedReason }), batchesInFlight };
}

/** The state after a pause. If it is already paused, it is unchanged and keeps its first reason. */
export function paused(state: ControlState, reason: string | null | undefined): ControlState {
  if (state.paused) return state;
  const text = (reason ?? '').replace(/\s+/g, ' ').trim();
  return { ...state, paused: true, ...(text === '' ? {} : { pausedReason: text }) };
}

/** The state after a resume. If it is not paused, it is unchanged. */
export function resumed(state: ControlState): ControlState {
  const { daysInFlight, batchesInFlight } = state;
  return state.paused ? { paused: false, daysInFlight, batchesInFlight } : state;
}

/** The state after the update `changeWindow`. */
export function withWindow(state: ControlState, change: WindowChange): ControlState {
  return { ...state, ...change };
}

/** `up to 2 days, 4 batches of each` */
export function windowText({ daysInFlight, batchesInFlight }: Omit<ControlState, 'paused'>): string {
  return `up to ${counted(daysInFlight, 'day')}, ${counted(batchesInFlight, 'batch', 'batches')} of each`;
}

/** Why the argument of a pause is not valid, as a sentence for the user. Any client can send updates, so the type is checked. */
export function pauseError(reason: unknown): string | undefined {
  if (reason === undefined || reason === null) return undefined;
  if (typeof reason !== 'string') return 'The reason for a pause must be a string, such as "the disk is full".';
  if (reason.length > PAUSE_REASON_LIMIT) {
    return `The reason for a pause has ${count(reason.length)} characters; at most ${PAUSE_REASON_LIMIT} are allowed.`;
  }
  return undefined;
}

/** Why a window change is not valid, as a sentence for the user; `undefined` if it is valid. */
export function windowError(change: unknown): string | undefined {
  const example = 'for example {"daysInFlight": 4, "batchesInFlight": 8}.';
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    return `A window must be an object, ${example}`;
  }
  const members = Object.entries(change);
  if (members.length === 0) return `There is nothing to change: give daysInFlight, batchesInFlight or both, ${example}`;
  for (const [name, value] of members) {
    if (!isWindowName(name))
      return `A window has no property ${JSON.stringify(name)}, only daysInFlight and batchesInFlight.`;
    const { least, most } = WINDOW_LIMITS[name];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      return `${name} must be an integer from ${least} to ${most}, not ${JSON.stringify(value)}.`;
    }
  }
  return undefined;
}

function isWindowName(name: string): name is WindowName {
  return Object.hasOwn(WINDOW_LIMITS, name);
}
