-- title: What the root user did
-- description: Every event of the root user of an account, failed sign-ins included. Events that a service made on its behalf
--   are left out. The root user is needed for a few tasks only, so each row wants an explanation.
SELECT event_time, event_name, event_source, outcome, account, region, source_ip, mfa, user_agent, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND principal_type = 'Root' AND invoked_by IS NULL AND event_type IS DISTINCT FROM 'AwsServiceEvent'
ORDER BY event_time, event_id
