-- title: Access keys that nobody has used for long
-- description: Long-term access keys (AKIA…) that were created or used in the range, were not deleted, and were not used in
--   its last days. It is counted to the last event in the range. Only events that the trails log are known: a key
--   that is only used for data events that are not logged looks unused.
-- parameter: days integer = 90: how many days without use
WITH range_end AS (
  SELECT max(event_time) AS last_event FROM events WHERE event_time >= $from AND event_time < $to
), used AS (
  SELECT access_key AS key_id, arg_max(principal, event_time) AS used_by, arg_max(principal_account, event_time) AS used_in,
    max(event_time) AS last_used
  FROM events
  WHERE event_time >= $from AND event_time < $to AND access_key LIKE 'AKIA%'
  GROUP BY access_key
), created AS (
  SELECT (response_elements ->> '$.accessKey.accessKeyId') AS key_id, max(event_time) AS created,
    any_value(response_elements ->> '$.accessKey.userName') AS created_for, any_value(account) AS created_in
  FROM events
  WHERE event_time >= $from AND event_time < $to AND event_name = 'CreateAccessKey' AND error_code IS NULL
  GROUP BY key_id
), deleted AS (
  SELECT (request_parameters ->> '$.accessKeyId') AS key_id
  FROM events
  WHERE event_time >= $from AND event_time < $to AND event_name = 'DeleteAccessKey' AND error_code IS NULL
)
SELECT key_id, coalesce(created_for, used_by) AS key_of, coalesce(created_in, used_in) AS account, created, last_used,
  date_diff('day', coalesce(last_used, created), last_event) AS idle_days
FROM used FULL JOIN created USING (key_id) ANTI JOIN deleted USING (key_id), range_end
WHERE idle_days >= $days
ORDER BY idle_days DESC, key_id
