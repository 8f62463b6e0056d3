-- title: Who looked around
-- description: Principals that made many different calls that only read within an hour: scanners of your own, and somebody
--   who finds out what stolen credentials can do.
-- parameter: at_least integer = 20: the fewest different calls in an hour
SELECT date_trunc('hour', event_time AT TIME ZONE 'UTC') AS hour, coalesce(principal_arn, principal) AS caller, source_ip,
  count(DISTINCT event_name) AS different_calls, count(DISTINCT event_source) AS services, count(*) AS calls,
  count(error_code) AS errors, arg_min(user_agent, event_time) AS user_agent
FROM events
WHERE event_time >= $from AND event_time < $to
  AND regexp_matches(event_name, '^(Describe|Get|List)') AND principal_type IS DISTINCT FROM 'AWSService' AND invoked_by IS NULL
GROUP BY hour, caller, source_ip
HAVING count(DISTINCT event_name) >= $at_least
ORDER BY different_calls DESC, hour, caller
