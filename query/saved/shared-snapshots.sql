-- title: Snapshots and images shared with other accounts
-- description: EBS snapshots, AMIs and RDS snapshots that were shared: with which accounts, or with all. It is a quiet way to
--   copy data out of an account.
WITH shares AS (
  SELECT *, list_sort(list_distinct(flatten([
    json_extract_string(request_parameters, '$.createVolumePermission.add.items[*].userId'),
    json_extract_string(request_parameters, '$.createVolumePermission.add.items[*].group'),
    json_extract_string(request_parameters, '$.launchPermission.add.items[*].userId'),
    json_extract_string(request_parameters, '$.launchPermission.add.items[*].group'),
    json_extract_string(request_parameters, '$.launchPermission.add.items[*].organizationArn'),
    json_extract_string(request_parameters, '$.valuesToAdd[*]')]))) AS shared_with
  FROM events
  WHERE event_time >= $from AND event_time < $to
    AND event_name IN ('ModifyDBClusterSnapshotAttribute', 'ModifyDBSnapshotAttribute', 'ModifyImageAttribute',
      'ModifySnapshotAttribute')
)
SELECT event_time, event_name,
  coalesce(request_parameters ->> '$.snapshotId', request_parameters ->> '$.imageId',
    request_parameters ->> '$.dBSnapshotIdentifier', request_parameters ->> '$.dBClusterSnapshotIdentifier') AS shared,
  array_to_string(shared_with, ', ') AS shared_with, list_contains(shared_with, 'all') AS is_public,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM shares
WHERE len(shared_with) > 0
ORDER BY event_time, event_id
