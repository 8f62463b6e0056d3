/** How each activity is timed and tried again. The error table in errors/ decides what is tried again at all. */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/**
 * Storage may be away for hours: the work waits for it instead of failing a backfill of years. Tries are a minute apart
 * at most, so that work goes on soon after. An activity without an answer for 30 s is on a dead worker: it beats every
 * 2 s, also while a decoder thread is busy. On cancellation the workflow waits until the activity has stopped, so that
 * nothing writes behind its back.
 */
const COMMON: ActivityOptions = {
  heartbeatTimeout: '30s',
  scheduleToCloseTimeout: '24h',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** Listings only: minutes even for an organization of hundreds. */
export const PLANNING: ActivityOptions = { ...COMMON, startToCloseTimeout: '30m' };
/** 64 MiB gzipped take seconds; half an hour is for a very slow store. */
export const INGESTING: ActivityOptions = { ...COMMON, startToCloseTimeout: '30m' };
/** A few small objects. */
export const COMMITTING: ActivityOptions = { ...COMMON, startToCloseTimeout: '10m' };
