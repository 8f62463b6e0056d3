-- title: SSH key pairs of EC2
-- description: Key pairs that were created, imported or deleted: whoever imports one can sign in to the instances that are
--   started with it.
SELECT event_time, event_name, (request_parameters ->> '$.keyName') AS key_name,
  (response_elements ->> '$.keyPairId') AS key_pair_id, principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'ec2.amazonaws.com' AND event_name IN ('CreateKeyPair', 'DeleteKeyPair', 'ImportKeyPair')
ORDER BY event_time, event_id
