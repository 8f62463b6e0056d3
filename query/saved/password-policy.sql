-- title: Changes of the password policy
-- description: The rules for passwords of IAM users. What a change does not name is back at its default.
SELECT event_time, event_name, (request_parameters ->> '$.minimumPasswordLength') AS minimum_length,
  (request_parameters ->> '$.maxPasswordAge') AS max_age_days, request_parameters, principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'iam.amazonaws.com' AND event_name IN ('DeleteAccountPasswordPolicy', 'UpdateAccountPasswordPolicy')
ORDER BY event_time, event_id
