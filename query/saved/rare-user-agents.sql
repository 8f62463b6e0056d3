-- title: Programs that only one principal uses
-- description: User agents that one principal alone uses, and not often. is_tool marks names of attack tools, and of systems
--   made for attacks; a user agent can be anything that the caller wants it to be.
-- parameter: at_most integer = 10: the most calls with the user agent
SELECT user_agent, any_value(coalesce(principal_arn, principal)) AS caller, count(*) AS calls, count(error_code) AS errors,
  regexp_matches(lower(user_agent), 'kali|parrot|pentoo|pacu|cloudfox|scoutsuite|prowler|trufflehog|nmap|sqlmap|stratus') AS is_tool,
  string_agg(DISTINCT source_ip, ', ' ORDER BY source_ip) AS source_ips, min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND user_agent IS NOT NULL AND principal_type IS DISTINCT FROM 'AWSService' AND invoked_by IS NULL
GROUP BY user_agent
HAVING count(DISTINCT coalesce(principal_arn, principal)) <= 1 AND count(*) <= $at_most
ORDER BY is_tool DESC, calls, user_agent
