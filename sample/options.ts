/** What can be chosen about a sample. */
import { UserMistake } from '../errors/index.js';
import { SAMPLE_REGIONS } from './streams.js';

/** The options of a sample. */
export interface SampleOptions {
  /** Days of events, from {@link FIRST_DAY}. Their last files are delivered just after the last of them. */
  days: number;
  accounts: number;
  regions: number;
  /** Of all accounts and regions together, on an average hour of a working day. */
  eventsPerHour: number;
  seed: number;
  /** Keys of an organization trail. */
  organization: boolean;
  /** The bucket that the digests name. */
  bucket: string;
}

/** Fixed, for the same bytes on every day; it leads over 29 February. */
export const FIRST_DAY = '2024-02-28';

/** The options where none is given. */
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

/** All options, with the defaults where none is given. Throws `UserMistake` for what is out of its limits. */
export function sampleOptions(given: Partial<SampleOptions>): SampleOptions {
  const options = { ...SAMPLE_DEFAULTS, ...given };
  for (const { name, least, most } of LIMITS) {
    const value = options[name];
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new UserMistake(
      `The sample cannot have ${name} = ${value}.`,
      `${name} is a whole number from ${least} to ${most}.`,
    );
  }
  return options;
}
