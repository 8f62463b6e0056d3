/** The options of a sample, with defaults and limits. */
import { UserMistake } from '../errors/index.js';
import { SAMPLE_REGIONS } from './streams.js';

/** The options of a sample. */
export interface SampleOptions {
  /** Number of days with events, from {@link FIRST_DAY}. The last files are delivered shortly after the last day. */
  days: number;
  accounts: number;
  regions: number;
  /** Events of all accounts and regions together in an average hour of a working day. */
  eventsPerHour: number;
  seed: number;
  /** Whether keys are those of an organization trail. */
  organization: boolean;
  /** The bucket name in the digests. */
  bucket: string;
  /** Whether trails overlap, stop and restart, and digests are backfilled and signed with new keys. */
  trailChanges?: true;
}

/** First day of events. It is fixed so that samples are reproducible; the default range includes February 29. */
export const FIRST_DAY = '2024-02-28';

/** The default options. */
const SAMPLE_DEFAULTS: SampleOptions = {
  days: 3,
  accounts: 3,
  regions: 2,
  eventsPerHour: 200,
  seed: 1,
  organization: false,
  bucket: 'trailmill-sample',
};

const LIMITS: readonly {
  name: 'days' | 'accounts' | 'regions' | 'eventsPerHour' | 'seed';
  least: number;
  most: number;
}[] = [
  { name: 'days', least: 1, most: 3_660 },
  { name: 'accounts', least: 1, most: 5_000 },
  { name: 'regions', least: 1, most: SAMPLE_REGIONS.length },
  { name: 'eventsPerHour', least: 1, most: 10_000_000 },
  { name: 'seed', least: 0, most: Number.MAX_SAFE_INTEGER },
];

/** Returns all options, with defaults for those not given. Throws `UserMistake` for a value outside its limits. */
export function sampleOptions(given: Partial<SampleOptions>): SampleOptions {
  const { trailChanges, ...options } = { ...SAMPLE_DEFAULTS, ...given };
  for (const { name, least, most } of LIMITS) {
    const value = options[name];
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new UserMistake(
      `The sample option ${name} = ${value} is not valid.`,
      `${name} must be a whole number from ${least} to ${most}.`,
    );
  }
  // Absent unless it is set: samples of earlier versions do not have it.
  return trailChanges === true ? { ...options, trailChanges } : options;
}
