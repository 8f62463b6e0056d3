-- title: Access keys that were created
-- description: Who created an access key for whom. A key for another user is a common way to keep access. key_id is null if
--   the call failed.
SELECT event_time, principal AS created_by,
  coalesce(request_parameters ->> '$.userName', response_elements ->> '$.accessKey.userName', principal) AS key_of,
  (response_elements ->> '$.accessKey.accessKeyId') AS key_id, created_by IS DISTINCT FROM key_of AS for_another,
  account, source_ip, user_agent, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'iam.amazonaws.com' AND event_name = 'CreateAccessKey'
ORDER BY event_time, event_id
