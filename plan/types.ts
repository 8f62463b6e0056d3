/** What planning a day is about. */

/** Who plans: the ids of its batches begin with the execution, and no other attempt has the same plan id. */
export interface Planner {
  execution: string;
  planId: string;
}

/** The size of a batch. */
export interface BatchSize {
  files: number;
  /** As stored. */
  bytes: number;
  /** Whose files they all are; absent where they are of several. */
  account?: string;
}
