/** Control of a backfill while it runs: pausing, and how much is in flight. Pure, so that the CLI and the settings use it too. */
import { count, counted } from '../text/numbers.js';

/** Also those of `ingest.days_in_flight` and `ingest.batches_in_flight` in temporal.yaml. */
export const WINDOW_LIMITS = {
  daysInFlight: { least: 1, most: 100 },
  batchesInFlight: { least: 1, most: 500 },
} as const;
type WindowName = keyof typeof WINDOW_LIMITS;

/** Characters. It stands in a list of backfills, and in one line of a terminal. */
const PAUSE_REASON_LIMIT = 200;

/** What the update `changeWindow` takes: one member at least. */
export type WindowChange = Partial<Record<WindowName, number>>;

/** The answer of each update. */
export interface ControlState {
  paused: boolean;
  /** The reason that was given with the pause. */
  pausedReason?: string;
  daysInFlight: number;
  batchesInFlight: number;
}

/** What concerns a single day; also the payload of the signal that tells a running day. */
export type DayControl = Omit<ControlState, 'daysInFlight'>;

/** The part of the state that concerns a single day. */
export function dayControlOf({ paused, pausedReason, batchesInFlight }: ControlState): DayControl {
  return { paused, ...(pausedReason === undefined ? {} : { pausedReason }), batchesInFlight };
}

/** The state after a pause. One that is paused already stays as it is, with its first reason. */
export function paused(state: ControlState, reason: string | null | undefined): ControlState {
  if (state.paused) return state;
  const text = (reason ?? '').replace(/\s+/g, ' ').trim();
  return { ...state, paused: true, ...(text === '' ? {} : { pausedReason: text }) };
}

/** The state after a resume. One that is not paused stays as it is. */
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

/** Why a pause cannot be taken, as a sentence for a person. Updates come from anywhere, so nothing is believed of their type. */
export function pauseMistake(reason: unknown): string | undefined {
  if (reason === undefined || reason === null) return undefined;
  if (typeof reason !== 'string') return 'The reason of a pause is a text, such as "the disk is full".';
  if (reason.length > PAUSE_REASON_LIMIT) {
    return `The reason of a pause has ${count(reason.length)} characters; at most ${PAUSE_REASON_LIMIT} fit.`;
  }
  return undefined;
}

/** Why a window cannot be changed so, as a sentence for a person. */
export function windowMistake(change: unknown): string | undefined {
  const example = 'for example {"daysInFlight": 4, "batchesInFlight": 8}.';
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    return `A window is an object, ${example}`;
  }
  const members = Object.entries(change);
  if (members.length === 0) return `There is nothing to change: give daysInFlight, batchesInFlight or both, ${example}`;
  for (const [name, value] of members) {
    if (!isWindowName(name))
      return `A window has no member ${JSON.stringify(name)}, but daysInFlight and batchesInFlight.`;
    const { least, most } = WINDOW_LIMITS[name];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      return `${name} is a whole number from ${least} to ${most}, not ${JSON.stringify(value)}.`;
    }
  }
  return undefined;
}

function isWindowName(name: string): name is WindowName {
  return Object.hasOwn(WINDOW_LIMITS, name);
}
