-- title: What came from an address, day by day
-- description: All calls from an address, or from the service of that name, and who made them.
-- parameter: ip text: the address, as CloudTrail writes it
SELECT (event_time AT TIME ZONE 'UTC')::DATE AS day, coalesce(principal_arn, principal) AS caller, event_source, event_name,
  count(*) AS calls, count(error_code) AS errors, min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND source_ip = $ip
GROUP BY day, caller, event_source, event_name
ORDER BY day, calls DESC, caller, event_name
