-- title: Who was given administrator rights
-- description: Attached policies of AWS that allow everything (AdministratorAccess, IAMFullAccess), and policies of your own
--   with a statement that allows every action. A condition in the statement is not looked at.
WITH changes AS (
  SELECT *, (request_parameters ->> '$.policyArn') AS policy_arn,
    TRY_CAST(request_parameters ->> '$.policyDocument' AS JSON) AS document
  FROM events
  WHERE event_time >= $from AND event_time < $to
    AND event_source = 'iam.amazonaws.com' AND error_code IS NULL
    AND event_name IN ('AttachGroupPolicy', 'AttachRolePolicy', 'AttachUserPolicy', 'CreatePolicy', 'CreatePolicyVersion',
      'PutGroupPolicy', 'PutRolePolicy', 'PutUserPolicy')
), statements AS (
  SELECT event_id, unnest(CASE json_type(document, '$.Statement')
    WHEN 'ARRAY' THEN CAST(json_extract(document, '$.Statement') AS JSON[])
    ELSE [json_extract(document, '$.Statement')] END) AS statement
  FROM changes
  WHERE document IS NOT NULL
), actions AS (
  SELECT event_id, unnest(CASE json_type(statement, '$.Action')
    WHEN 'ARRAY' THEN CAST(json_extract(statement, '$.Action') AS VARCHAR[])
    ELSE [json_extract_string(statement, '$.Action')] END) AS action
  FROM statements
  WHERE json_extract_string(statement, '$.Effect') = 'Allow'
)
SELECT event_time, event_name,
  coalesce(request_parameters ->> '$.userName', request_parameters ->> '$.roleName', request_parameters ->> '$.groupName') AS given_to,
  coalesce(policy_arn, request_parameters ->> '$.policyName') AS policy, principal, principal_type, account, source_ip, event_id
FROM changes
WHERE regexp_matches(policy_arn, ':policy/(AdministratorAccess|IAMFullAccess)$')
  OR event_id IN (SELECT event_id FROM actions WHERE action IN ('*', '*:*'))
ORDER BY event_time, event_id
