/** What a storm works with, and what it tells. */
import type { Random } from '../../sample/random.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { BackfillRange, Backfills } from './backfills.js';
import type { LateFiles } from './late-files.js';
import type { ProjectSettings, RunPlace } from './places.js';
import type { Rewrites } from './rewrites.js';
import type { ChaosServer } from './server.js';
import type { Workers } from './workers.js';

/** What a storm works with. */
export interface Storm {
  random: Random;
  settings: ProjectSettings;
  range: BackfillRange;
  /** How long it lasts, milliseconds; less when the backfill is done before. */
  forMs: number;
  backfills: Backfills;
  workers: Workers;
  server: ChaosServer;
  place: RunPlace;
  late: LateFiles;
  rewrites: Rewrites;
  /** The stores with the work area and the tables of this storm. */
  warehouses: readonly ObjectStore[];
  /** Directory of the project whose transform may be changed; absent: there is none. */
  transform?: string;
  /** Told of everything that is done to the backfill, as it happens. */
  note: (what: string) => void;
  /** Counts a disturbance. */
  count: (name: string) => void;
}

/** How the backfill of a storm went. */
export interface StormOutcome {
  /** Times that the backfill was started, the first one included. */
  starts: number;
  /** Why backfills ended that did not succeed and were not terminated. */
  failures: string[];
}
