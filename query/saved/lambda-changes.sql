-- title: Changes of Lambda functions
-- description: Functions that were created, changed or deleted, who may call them, and what starts them. CloudTrail writes
--   these names with a date behind them.
SELECT event_time, regexp_replace(event_name, '\d{8}(v\d+)?$', '') AS change,
  coalesce(request_parameters ->> '$.functionName', request_parameters ->> '$.layerName') AS function,
  coalesce(request_parameters ->> '$.principal', request_parameters ->> '$.eventSourceArn', request_parameters ->> '$.authType') AS opened_to,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'lambda.amazonaws.com'
  AND regexp_matches(event_name, '^(CreateFunction|UpdateFunction|DeleteFunction|AddPermission|RemovePermission|CreateEventSourceMapping|UpdateEventSourceMapping|PublishLayerVersion|AddLayerVersionPermission)')
ORDER BY event_time, event_id
