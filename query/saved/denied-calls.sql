-- title: Calls that were denied, by principal
-- description: Calls for which the caller had no permission: AccessDenied, UnauthorizedOperation and their variants. Many
--   different ones of one principal are typical for somebody who tries out stolen credentials.
-- parameter: at_least integer = 1: the fewest denied calls to list
SELECT principal, principal_arn, account, event_source, event_name, count(*) AS denied,
  string_agg(DISTINCT source_ip, ', ' ORDER BY source_ip) AS source_ips, min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND regexp_matches(error_code, 'AccessDenied|Unauthori[sz]ed|NotAuthorized|AuthorizationError|Forbidden')
GROUP BY principal, principal_arn, account, event_source, event_name
HAVING count(*) >= $at_least
ORDER BY denied DESC, principal, event_name
