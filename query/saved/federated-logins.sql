-- title: Sessions through SAML and OpenID Connect
-- description: Who got a session of a role with an assertion of an identity provider: people through SAML, and programs such
--   as GitHub Actions through OpenID Connect.
SELECT event_name, principal AS user_name,
  coalesce(request_parameters ->> '$.principalArn', response_elements ->> '$.provider', response_elements ->> '$.issuer') AS provider,
  (request_parameters ->> '$.roleArn') AS role_arn, count(*) AS logins, count(error_code) AS errors,
  string_agg(DISTINCT source_ip, ', ' ORDER BY source_ip) AS source_ips, min(event_time) AS first_seen, max(event_time) AS last_seen
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'sts.amazonaws.com' AND event_name IN ('AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity')
GROUP BY event_name, user_name, provider, role_arn
ORDER BY first_seen, user_name
