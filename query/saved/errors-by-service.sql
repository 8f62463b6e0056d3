-- title: Errors, by service and call
-- description: Which calls fail with which error, for how many principals.
-- parameter: at_least integer = 1: the fewest errors to list
SELECT event_source, event_name, error_code, count(*) AS errors, count(DISTINCT coalesce(principal_arn, principal)) AS callers,
  min(event_time) AS first_seen, max(event_time) AS last_seen, arg_max(error_message, event_time) AS last_message
FROM events
WHERE event_time >= $from AND event_time < $to
  AND error_code IS NOT NULL
GROUP BY event_source, event_name, error_code
HAVING count(*) >= $at_least
ORDER BY errors DESC, event_source, event_name
