-- title: What was deleted, by principal
-- description: Calls that delete something or end instances, by principal and call. Calls that services make are left out.
-- parameter: at_least integer = 1: the fewest calls to list
SELECT coalesce(principal_arn, principal) AS caller, account, event_source, event_name, count(*) - count(error_code) AS deleted,
  count(error_code) AS errors, string_agg(DISTINCT source_ip, ', ' ORDER BY source_ip) AS source_ips,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND regexp_matches(event_name, '^(Delete|Purge|Terminate|ScheduleKeyDeletion)') AND invoked_by IS NULL
  AND principal_type IS DISTINCT FROM 'AWSService'
GROUP BY caller, account, event_source, event_name
HAVING count(*) >= $at_least
ORDER BY deleted DESC, caller, event_name
