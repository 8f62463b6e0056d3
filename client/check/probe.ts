/** One probe of `trailmill check`, and its result. */
import { TrailmillError } from '../../errors/index.js';

/** Also the JSON of `check --json`. `waiting`: not available yet, which is not an error. */
export interface Probe {
  what: 'location' | 'digests' | 'warehouse' | 'catalog' | 'server' | 'worker' | 'search' | 'version';
  state: 'ok' | 'waiting' | 'failed';
  message: string;
  cure: string | null;
}

/** The result of a probe. */
export type ProbeResult = Omit<Probe, 'what'>;

/** The result of a probe that found all in order. */
export const ok = (message: string): ProbeResult => ({ state: 'ok', message, cure: null });

/** Runs a probe; its error is its result. */
export async function tried(what: Probe['what'], attempt: () => Promise<ProbeResult>): Promise<Probe> {
  try {
    return { what, ...(await attempt()) };
  } catch (error) {
    const cure = error instanceof TrailmillError ? (error.cure ?? null) : null;
    return { what, state: 'failed', message: error instanceof Error ? error.message : String(error), cure };
  }
}
