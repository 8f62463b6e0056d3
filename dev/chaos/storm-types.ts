/** The input and the outcome of a storm. */
import type { Reprocess } from '../../protocol/messages.js';
import type { Random } from '../../sample/random.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { BackfillRange, Backfills } from './backfills.js';
import type { LateFiles } from './late-files.js';
import type { ProjectSettings, RunPlace } from './places.js';
import type { Reader } from './reader.js';
import type { Rewrites } from './rewrites.js';
import type { ChaosServer } from './server.js';
import type { Workers } from './workers.js';

/** Everything that a storm needs. */
export interface Storm {
  random: Random;
  settings: ProjectSettings;
  range: BackfillRange;
  /** The backfill reads files again. */
  reprocess?: Reprocess;
  /** Duration in milliseconds; shorter if the backfill completes earlier. */
  forMs: number;
  backfills: Backfills;
  workers: Workers;
  server: ChaosServer;
  place: RunPlace;
  late: LateFiles;
  rewrites: Rewrites;
  reader: Reader;
  /** Whether upkeep is done meanwhile. Workers of earlier builds do not know it. */
  upkeep: boolean;
  /** The stores with the work area and the tables of this storm. */
  warehouses: readonly ObjectStore[];
  /** Directory of the project whose transform may be changed; absent if it has none. */
  transform?: string;
  /** Called for everything that is done to the backfill, as it happens. */
  note: (what: string) => void;
  /** Counts a disturbance. */
  count: (name: string) => void;
}

/** The outcome of the backfill of a storm. */
export interface StormOutcome {
  /** How often the backfill was started, including the first time. */
  starts: number;
  /** Errors of backfills that failed without being terminated. */
  failures: string[];
}
