-- title: Commands and sessions on instances
-- description: Who ran commands on instances or containers, or signed in to them: Systems Manager, EC2 Instance Connect and
--   ECS Exec.
SELECT event_time, event_name,
  coalesce(request_parameters ->> '$.target', request_parameters ->> '$.instanceIds', request_parameters ->> '$.targets',
    request_parameters ->> '$.instanceId', request_parameters ->> '$.task') AS target,
  coalesce(request_parameters ->> '$.documentName', request_parameters ->> '$.command') AS document,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND (event_source, event_name) IN (('ssm.amazonaws.com', 'SendCommand'), ('ssm.amazonaws.com', 'StartSession'),
    ('ssm.amazonaws.com', 'ResumeSession'), ('ec2-instance-connect.amazonaws.com', 'SendSSHPublicKey'),
    ('ec2-instance-connect.amazonaws.com', 'SendSerialConsoleSSHPublicKey'), ('ecs.amazonaws.com', 'ExecuteCommand'))
ORDER BY event_time, event_id
