-- title: Who used a bucket, and how much they read
-- description: Calls to a bucket of S3, by principal. Reads and writes of objects are data events: they are here only if a
--   trail logs them. bytes_out is what was read.
-- parameter: bucket text: the name of the bucket
SELECT coalesce(principal_arn, principal) AS caller, principal_account, event_name, count(*) AS calls, count(error_code) AS errors,
  count(DISTINCT request_parameters ->> '$.key') AS objects,
  CAST(sum(TRY_CAST(additional_event_data ->> '$.bytesTransferredOut' AS DOUBLE)) AS BIGINT) AS bytes_out,
  string_agg(DISTINCT source_ip, ', ' ORDER BY source_ip) AS source_ips, min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 's3.amazonaws.com' AND (request_parameters ->> '$.bucketName') = $bucket
GROUP BY caller, principal_account, event_name
ORDER BY calls DESC, caller, event_name
