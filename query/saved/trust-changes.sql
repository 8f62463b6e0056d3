-- title: Roles that other accounts may assume
-- description: Trust policies that name an account other than the role's own, or everybody. Each is a door from outside.
WITH trusts AS (
  SELECT *, coalesce(request_parameters ->> '$.assumeRolePolicyDocument', request_parameters ->> '$.policyDocument') AS document
  FROM events
  WHERE event_time >= $from AND event_time < $to
    AND event_source = 'iam.amazonaws.com' AND event_name IN ('CreateRole', 'UpdateAssumeRolePolicy')
)
SELECT event_time, event_name, (request_parameters ->> '$.roleName') AS role,
  list_sort(list_distinct(list_filter(regexp_extract_all(document, '(?:iam::|sts::|")(\d{12})[:"]', 1),
    lambda one: one <> account))) AS other_accounts,
  regexp_matches(document, '"(AWS|Principal)"\s*:\s*\[?\s*"\*"') AS everybody,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM trusts
WHERE len(other_accounts) > 0 OR everybody
ORDER BY event_time, event_id
