-- title: New users, roles, groups and providers
-- description: Identities that were created in IAM and IAM Identity Center, and passwords for the console
--   (CreateLoginProfile). Service-linked roles are left out: services create them by themselves.
SELECT event_time, event_name,
  coalesce(request_parameters ->> '$.userName', request_parameters ->> '$.roleName', request_parameters ->> '$.groupName',
    request_parameters ->> '$.name', request_parameters ->> '$.url', request_parameters ->> '$.displayName') AS identity,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source IN ('iam.amazonaws.com', 'identitystore.amazonaws.com', 'sso-directory.amazonaws.com')
  AND event_name IN ('CreateUser', 'CreateRole', 'CreateGroup', 'CreateLoginProfile', 'CreateSAMLProvider',
    'CreateOpenIDConnectProvider')
ORDER BY event_time, event_id
