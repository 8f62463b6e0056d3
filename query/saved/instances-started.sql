-- title: Instances that were started
-- description: Who started how many EC2 instances of which type, and where: large ones in a region that nobody uses mine for
--   somebody else.
SELECT event_time, (request_parameters ->> '$.instanceType') AS instance_type,
  len(json_extract_string(response_elements, '$.instancesSet.items[*].instanceId')) AS instances,
  (request_parameters ->> '$.instancesSet.items[0].imageId') AS image,
  array_to_string(json_extract_string(response_elements, '$.instancesSet.items[*].instanceId'), ', ') AS instance_ids,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'ec2.amazonaws.com' AND event_name = 'RunInstances'
ORDER BY event_time, event_id
