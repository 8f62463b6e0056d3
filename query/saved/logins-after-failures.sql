-- title: Sign-ins that succeeded after failures
-- description: Successful console sign-ins of a user who had failed several times shortly before, from any address: a guessed
--   password, or a forgotten one.
-- parameter: at_least integer = 3: the fewest failures before
-- parameter: minutes integer = 30: how long before, at the most
WITH logins AS (
  SELECT * FROM events WHERE event_time >= $from AND event_time < $to AND event_name = 'ConsoleLogin'
)
SELECT login.event_time, login.principal, login.account, login.source_ip, login.mfa, count(*) AS failures,
  min(failed.event_time) AS first_failure, string_agg(DISTINCT failed.source_ip, ', ' ORDER BY failed.source_ip) AS failed_from,
  login.event_id
FROM logins AS login
JOIN logins AS failed ON failed.principal = login.principal AND failed.account = login.account
  AND failed.event_time BETWEEN login.event_time - to_minutes($minutes) AND login.event_time
WHERE login.outcome = 'success' AND failed.outcome = 'failure'
GROUP BY ALL
HAVING count(*) >= $at_least
ORDER BY login.event_time, login.event_id
