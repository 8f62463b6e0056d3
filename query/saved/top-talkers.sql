-- title: Principals with the most calls
-- description: Who calls the most: how many services, regions and addresses, and how many errors.
-- parameter: top integer = 20: how many
SELECT coalesce(principal_arn, principal) AS caller, principal_type, count(*) AS calls, count(error_code) AS errors,
  count(DISTINCT event_source) AS services, count(DISTINCT region) AS regions, count(DISTINCT source_ip) AS addresses,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
GROUP BY caller, principal_type
ORDER BY calls DESC, caller
LIMIT $top
