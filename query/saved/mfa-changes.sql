-- title: MFA devices that were added or removed
-- description: A device that was deactivated opens an account to a stolen password; one that was added may belong to an
--   attacker.
SELECT event_time, event_name, coalesce(request_parameters ->> '$.userName', principal) AS device_of,
  coalesce(request_parameters ->> '$.serialNumber', response_elements ->> '$.virtualMFADevice.serialNumber') AS device,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'iam.amazonaws.com'
  AND event_name IN ('CreateVirtualMFADevice', 'DeactivateMFADevice', 'DeleteVirtualMFADevice', 'EnableMFADevice', 'ResyncMFADevice')
ORDER BY event_time, event_id
