-- title: Roles assumed from another account
-- description: Who assumed a role of another account. CloudTrail delivers such a call to both accounts: it is counted once.
--   The role of a denied call is in its error message.
WITH calls AS (
  SELECT *, coalesce(request_parameters ->> '$.roleArn',
    regexp_extract(error_message, 'on resource: (arn:[^ ]+)', 1)) AS role_arn
  FROM events
  WHERE event_time >= $from AND event_time < $to
    AND event_source = 'sts.amazonaws.com' AND event_name = 'AssumeRole' AND principal_type IS DISTINCT FROM 'AWSService'
  -- Of the two events, the one of the caller's account knows more.
  QUALIFY row_number() OVER (PARTITION BY coalesce(shared_event_id, event_id) ORDER BY principal_arn NULLS LAST, event_id) = 1
)
SELECT principal_account AS from_account, coalesce(principal_arn, principal) AS caller, role_arn, count(*) AS calls,
  count(error_code) AS errors, string_agg(DISTINCT source_ip, ', ' ORDER BY source_ip) AS source_ips,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM calls
WHERE split_part(role_arn, ':', 5) NOT IN ('', principal_account)
GROUP BY from_account, caller, role_arn
ORDER BY calls DESC, caller, role_arn
