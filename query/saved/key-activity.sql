-- title: What an access key was used for, day by day
-- description: All calls that were signed with an access key, and from where: the first question about a key that has leaked.
-- parameter: key text: the access key id: AKIA… or ASIA…
SELECT (event_time AT TIME ZONE 'UTC')::DATE AS day, event_source, event_name, count(*) AS calls, count(error_code) AS errors,
  any_value(coalesce(principal_arn, principal)) AS caller, string_agg(DISTINCT source_ip, ', ' ORDER BY source_ip) AS source_ips,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND access_key = $key
GROUP BY day, event_source, event_name
ORDER BY day, calls DESC, event_name
