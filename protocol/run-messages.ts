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

/** What lists of workflows show. Absent in histories of older versions, which then set no attributes and no memo. */
export interface Visibility {
  /** Of Trailmill, for the memo. */
  version: string;
  /** Whether the search attributes are registered. Setting an unregistered one makes every workflow task fail. */
  searchable: boolean;
}
