-- title: Roles that assumed another role
-- description: Sessions of a role that assumed a role: from where to where. Chains hide who is behind a call;
--   source_identity, if it is set, is kept through them.
SELECT principal_arn AS from_role, (request_parameters ->> '$.roleArn') AS to_role, count(*) AS calls,
  string_agg(DISTINCT session, ', ' ORDER BY session) AS sessions,
  string_agg(DISTINCT source_identity, ', ' ORDER BY source_identity) AS source_identities,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'sts.amazonaws.com' AND event_name = 'AssumeRole' AND principal_type = 'AssumedRole' AND error_code IS NULL
GROUP BY from_role, to_role
ORDER BY calls DESC, from_role, to_role
