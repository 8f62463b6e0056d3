/** Inputs that all workflows of a run have in common. */

/** Address (an object key in the warehouse's work area) of the frozen run configuration; content-addressed. */
export type RunConfigRef = string;

/** How activities are retried: `retry` in temporal.yaml. */
export interface RetryTiming {
  /** Seconds without a heartbeat after which an activity is considered lost together with its worker. */
  heartbeatTimeoutSeconds: number;
  /** Maximum seconds between two attempts. */
  maximumIntervalSeconds: number;
  /** Hours without success after which the day fails. */
  giveUpAfterHours: number;
}

/** What workflow lists show. Absent in histories of older versions, which then set no search attributes and no memo. */
export interface Visibility {
  /** Version of Trailmill, for the memo. */
  version: string;
  /** Whether the search attributes are registered. Setting an unregistered one makes every workflow task fail. */
  searchable: boolean;
}
