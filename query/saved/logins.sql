-- title: Who signed in, from where
-- description: Successful sign-ins to the console and to IAM Identity Center, by user, address and day. For a role, session
--   is the name that the identity provider gave.
SELECT (event_time AT TIME ZONE 'UTC')::DATE AS day, principal, session, principal_type, account, source_ip,
  bool_and(coalesce(mfa, FALSE)) AS mfa, count(*) AS logins, min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_name IN ('ConsoleLogin', 'UserAuthentication') AND outcome = 'success'
GROUP BY ALL
ORDER BY first_seen, principal
