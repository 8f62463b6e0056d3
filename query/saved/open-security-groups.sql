-- title: Security groups that were opened to the internet
-- description: Rules that allow everybody (0.0.0.0/0 or ::/0) in, one row for each. Ports are null for all ports; the
--   protocol -1 means all. A rule that was modified may also be one for outgoing traffic: the event does not say
--   it.
WITH rules AS (
  SELECT *, unnest(CASE
    WHEN event_name = 'ModifySecurityGroupRules' THEN
      CASE json_type(request_parameters, '$.ModifySecurityGroupRulesRequest.SecurityGroupRule')
        WHEN 'ARRAY' THEN CAST(json_extract(request_parameters, '$.ModifySecurityGroupRulesRequest.SecurityGroupRule') AS JSON[])
        ELSE [json_extract(request_parameters, '$.ModifySecurityGroupRulesRequest.SecurityGroupRule')] END
    WHEN json_type(request_parameters, '$.ipPermissions.items') = 'ARRAY'
      THEN CAST(json_extract(request_parameters, '$.ipPermissions.items') AS JSON[])
    ELSE [request_parameters] END) AS rule
  FROM events
  WHERE event_time >= $from AND event_time < $to
    AND event_source = 'ec2.amazonaws.com' AND event_name IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules')
)
SELECT event_time,
  coalesce(request_parameters ->> '$.groupId', request_parameters ->> '$.groupName',
    request_parameters ->> '$.ModifySecurityGroupRulesRequest.GroupId') AS security_group,
  coalesce(rule ->> '$.ipProtocol', rule ->> '$.SecurityGroupRule.IpProtocol') AS protocol,
  coalesce(rule ->> '$.fromPort', rule ->> '$.SecurityGroupRule.FromPort') AS from_port,
  coalesce(rule ->> '$.toPort', rule ->> '$.SecurityGroupRule.ToPort') AS to_port,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM rules
WHERE regexp_matches(rule::VARCHAR, '"(0\.0\.0\.0/0|::/0)"')
ORDER BY event_time, event_id, from_port
