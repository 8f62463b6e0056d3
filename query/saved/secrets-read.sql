-- title: Secrets that were read, by principal
-- description: Values that were read from Secrets Manager, and encrypted parameters of Systems Manager. Reads that were
--   denied are counted, too.
SELECT principal, principal_arn, account,
  coalesce(request_parameters ->> '$.secretId', request_parameters ->> '$.name', request_parameters ->> '$.path',
    request_parameters ->> '$.names', request_parameters ->> '$.secretIdList') AS secret,
  count(*) - count(error_code) AS reads, count(error_code) AS errors,
  string_agg(DISTINCT source_ip, ', ' ORDER BY source_ip) AS source_ips, min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND (event_source = 'secretsmanager.amazonaws.com' AND event_name IN ('BatchGetSecretValue', 'GetSecretValue')
    OR event_source = 'ssm.amazonaws.com' AND event_name IN ('GetParameter', 'GetParameters', 'GetParametersByPath')
      AND (request_parameters ->> '$.withDecryption') = 'true')
GROUP BY principal, principal_arn, account, secret
ORDER BY reads DESC, principal, secret
