-- title: Changes of IAM and organization policies
-- description: Who changed what identities may do: policies, their versions, permissions boundaries, group membership, trust
--   policies, and the policies of the organization (SCPs).
SELECT event_time, event_name,
  coalesce(request_parameters ->> '$.userName', request_parameters ->> '$.roleName', request_parameters ->> '$.groupName',
    request_parameters ->> '$.targetId') AS target,
  coalesce(request_parameters ->> '$.policyArn', request_parameters ->> '$.policyName', request_parameters ->> '$.policyId',
    request_parameters ->> '$.permissionsBoundary', request_parameters ->> '$.name',
    CASE WHEN event_name LIKE '%UserToGroup' OR event_name LIKE '%UserFromGroup'
      THEN request_parameters ->> '$.groupName' END) AS policy_or_group,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND (event_source = 'iam.amazonaws.com' AND event_name IN ('AddUserToGroup', 'AttachGroupPolicy', 'AttachRolePolicy', 'AttachUserPolicy', 'CreatePolicy',
      'CreatePolicyVersion', 'DeleteGroupPolicy', 'DeletePolicy', 'DeletePolicyVersion', 'DeleteRolePermissionsBoundary',
      'DeleteRolePolicy', 'DeleteUserPermissionsBoundary', 'DeleteUserPolicy', 'DetachGroupPolicy', 'DetachRolePolicy',
      'DetachUserPolicy', 'PutGroupPolicy', 'PutRolePermissionsBoundary', 'PutRolePolicy', 'PutUserPermissionsBoundary',
      'PutUserPolicy', 'RemoveUserFromGroup', 'SetDefaultPolicyVersion', 'UpdateAssumeRolePolicy')
    OR event_source = 'organizations.amazonaws.com'
      AND event_name IN ('AttachPolicy', 'CreatePolicy', 'DeletePolicy', 'DetachPolicy', 'DisablePolicyType', 'UpdatePolicy'))
ORDER BY event_time, event_id
