-- title: What a principal did, day by day
-- description: All calls of a user, a role or a session, found by name, by ARN or by principal id.
-- parameter: principal text: name, ARN, session name or principal id
SELECT (event_time AT TIME ZONE 'UTC')::DATE AS day, event_source, event_name, count(*) AS calls, count(error_code) AS errors,
  string_agg(DISTINCT source_ip, ', ' ORDER BY source_ip) AS source_ips, min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND (principal = $principal OR principal_arn = $principal OR arn = $principal OR session = $principal OR principal_id = $principal)
GROUP BY day, event_source, event_name
ORDER BY day, calls DESC, event_name
