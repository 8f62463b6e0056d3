/** Why a record was rejected: the values of the column `reason` of the rejects table. docs/errors.md is generated from it. */

/** Every reason, with its meaning and cure, in Markdown. */
export const REJECT_REASONS = {
  not_an_object: {
    means: 'an element of the records is not a JSON object, or a CloudWatch Logs event contains no record',
    cure: 'find out what wrote it; the text is in `raw`',
  },
  no_record: {
    means:
      'an object that can contain a CloudTrail record, but does not: an EventBridge event of another type, or a row of query results without the whole record. The message says which',
    cure: 'nothing, if that is intended; otherwise deliver the records as well',
  },
  no_event_time: {
    means: 'the record has no `eventTime` (a digest: no `digestEndTime`), so it cannot be assigned to a day',
    cure: 'find out what wrote it: records from CloudTrail always have one',
  },
  bad_event_time: {
    means: 'the time is not an ISO 8601 time with a time zone',
    cure: 'find out what wrote it',
  },
  event_time_out_of_range: {
    means:
      'the time, in UTC, is before the year 1 or after the year 9999. Python, Spark and others do not support such times, and fail on a table that contains one',
    cure: 'find out what wrote it',
  },
  invalid_utf8: {
    means: 'the bytes of the record are not valid UTF-8; `raw` has them in base64',
    cure: 'find out what changed the file: its digest shows whether it was delivered like this',
  },
  invalid_json: {
    means:
      'the JSON text in a string (a CloudWatch Logs event, an element of lookup-events output, a CSV cell) is truncated or damaged. CloudWatch Logs truncates long messages',
    cure: 'get the complete record from the trail in S3',
  },
  transform_error: {
    means: 'your transform threw an error for the row, or set a value that its column does not allow',
    cure: 'fix the transform. The record is in `raw`; ingest the range into a new warehouse to get it as a row',
  },
} as const;

/** A value of the column `reason`. */
export type RejectReason = keyof typeof REJECT_REASONS;
