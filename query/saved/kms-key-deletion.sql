-- title: KMS keys that were disabled or are to be deleted
-- description: Data that is encrypted with a deleted key is lost. CancelKeyDeletion and EnableKey show what was taken back.
SELECT event_time, event_name, (request_parameters ->> '$.keyId') AS key_id,
  (request_parameters ->> '$.pendingWindowInDays') AS waits_days, (response_elements ->> '$.deletionDate') AS deletion_date,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'kms.amazonaws.com'
  AND event_name IN ('CancelKeyDeletion', 'DeleteImportedKeyMaterial', 'DisableKey', 'EnableKey', 'ScheduleKeyDeletion')
ORDER BY event_time, event_id
