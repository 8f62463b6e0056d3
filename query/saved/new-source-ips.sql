-- title: Addresses that a principal had not used before
-- description: The first call of a principal from an address, if it is in the range: give --from. Names of services are no
--   addresses. Looks for earlier calls in the days before.
-- parameter: history_days integer = 90: how many days before --from are looked at
SELECT coalesce(principal_arn, principal) AS caller, source_ip, min(event_time) AS first_seen, max(event_time) AS last_seen,
  count(*) AS calls, count(error_code) AS errors, arg_min(event_name, event_time) AS first_call,
  arg_min(user_agent, event_time) AS first_user_agent
FROM events
WHERE event_time >= $from - to_days(CAST($history_days AS INTEGER)) AND event_time < $to
  AND regexp_matches(source_ip, '^[0-9.]+$|:')
GROUP BY caller, source_ip
HAVING min(event_time) >= $from
ORDER BY first_seen, caller, source_ip
