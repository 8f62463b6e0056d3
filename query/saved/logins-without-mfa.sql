-- title: Console sign-ins without MFA
-- description: Successful console sign-ins of IAM users and of the root user for which CloudTrail does not say that MFA was
--   used. Sign-ins through an identity provider are left out: it asks for MFA itself, and CloudTrail always says
--   No.
SELECT event_time, principal, principal_type, account, source_ip, mfa, user_agent, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_name = 'ConsoleLogin' AND outcome = 'success' AND principal_type IN ('IAMUser', 'Root') AND mfa IS NOT TRUE
ORDER BY event_time, event_id
