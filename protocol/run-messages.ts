/** What every workflow of a run is started with. */

/** Address (an object key in the warehouse's work area) of the frozen run configuration; content-addressed. */
export type RunConfigRef = string;

/** How activities are tried again: `retry` of temporal.yaml. */
export interface RetryTiming {
  /** Without a sign of life for so long an activity counts as lost with its worker, seconds. */
  heartbeatTimeoutSeconds: number;
  /** Longest wait between two tries, seconds. */
  maximumIntervalSeconds: number;
  /** After so long without success the day fails, hours. */
  giveUpAfterHours: number;
}

/** What lists of workflows show. Where it is absent nothing is told: histories of versions without it have to replay. */
export interface Visibility {
  /** Of Trailmill, for the memo. */
  version: string;
  /** Are the search attributes registered? To set one that is not fails a workflow's tasks for ever. */
  searchable: boolean;
}
