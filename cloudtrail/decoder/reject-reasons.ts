/** Why a record is in the rejects table and no row: the column `reason`. docs/errors.md is made of it. */

/** Every reason, with its meaning and cure, in Markdown. */
export const REJECT_REASONS = {
  not_an_object: {
    means: 'an element of the records is no JSON object, or a log event of CloudWatch has no record in it',
    cure: 'find out what wrote it; the text is in `raw`',
  },
  no_record: {
    means:
      'an object of another program that may hold a CloudTrail record and holds none: an EventBridge event of another type, a row of query results without the whole record; the message says which',
    cure: 'nothing, where that was meant; else deliver the records as well',
  },
  no_event_time: {
    means: 'the record has no `eventTime` (a digest: no `digestEndTime`), so it belongs to no day',
    cure: 'find out what wrote it: CloudTrail always does',
  },
  bad_event_time: {
    means: 'the time is no ISO 8601 time with a zone',
    cure: 'find out what wrote it',
  },
  event_time_out_of_range: {
    means:
      'the time, in UTC, is before the year 1 or after the year 9999. Python, Spark and others have no such times, and fail on a table that has one',
    cure: 'find out what wrote it',
  },
  invalid_utf8: {
    means: 'the bytes of the record are no UTF-8; `raw` has them in base64',
    cure: 'find out what changed the file on its way: its digest tells whether it was delivered so',
  },
  invalid_json: {
    means:
      'the JSON text inside of a string (a log event of CloudWatch Logs, an element of lookup-events output, a CSV cell) is cut or damaged. CloudWatch Logs cuts what is longer than it takes',
    cure: 'take the record from the trail in S3, where it is whole',
  },
  transform_error: {
    means: 'your transform threw an error at the row, or set a value that its column cannot have',
    cure: 'correct the transform. The record is in `raw`; ingest the range into a new warehouse to have it as a row',
  },
} as const;

/** A value of the column `reason`. */
export type RejectReason = keyof typeof REJECT_REASONS;
