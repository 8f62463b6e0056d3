-- title: Services that a principal had not used before
-- description: The first call of a principal to a service, if it is in the range: give --from. Looks for earlier calls in the
--   days before. Without --from, it is the first call of each principal to each service.
-- parameter: history_days integer = 90: how many days before --from are looked at
SELECT coalesce(principal_arn, principal) AS caller, account, event_source, min(event_time) AS first_seen, count(*) AS calls,
  count(error_code) AS errors, arg_min(event_name, event_time) AS first_call, arg_min(source_ip, event_time) AS first_source_ip
FROM events
WHERE event_time >= $from - to_days(CAST($history_days AS INTEGER)) AND event_time < $to
  AND principal_type IS DISTINCT FROM 'AWSService' AND invoked_by IS NULL
GROUP BY caller, account, event_source
HAVING min(event_time) >= $from
ORDER BY first_seen, caller, event_source
