-- title: Regions that an account hardly uses
-- description: Regions with a small share of an account's calls: an attacker starts instances where nobody looks. Calls that
--   services make are left out.
-- parameter: at_most_percent number = 1: the largest share of the account's calls, in percent
WITH regions AS (
  SELECT account, region, count(*) AS calls, count(*) FILTER (read_only IS FALSE) AS writes, count(error_code) AS errors,
    string_agg(DISTINCT principal, ', ' ORDER BY principal) AS principals, min(event_time) AS first_seen, max(event_time) AS last_seen
  FROM events
  WHERE event_time >= $from AND event_time < $to
    AND principal_type IS DISTINCT FROM 'AWSService' AND invoked_by IS NULL
  GROUP BY account, region
)
SELECT account, region, calls, round(100.0 * calls / sum(calls) OVER (PARTITION BY account), 2) AS percent, writes, errors,
  principals, first_seen, last_seen
FROM regions
QUALIFY percent <= $at_most_percent
ORDER BY account, calls, region
