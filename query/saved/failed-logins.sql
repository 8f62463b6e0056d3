-- title: Failed sign-ins, by user and address
-- description: Failed sign-ins to the console and to IAM Identity Center. The principal is null where CloudTrail hides the
--   name, because there is no such user and it could be a password.
-- parameter: at_least integer = 1: the fewest failures to list
SELECT principal, account, source_ip, count(*) AS failures, min(event_time) AS first_seen, max(event_time) AS last_seen,
  string_agg(DISTINCT error_message, '; ' ORDER BY error_message) AS reasons
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_name IN ('ConsoleLogin', 'CheckMfa', 'CredentialVerification', 'UserAuthentication') AND outcome = 'failure'
GROUP BY principal, account, source_ip
HAVING count(*) >= $at_least
ORDER BY failures DESC, first_seen, source_ip
