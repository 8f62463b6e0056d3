-- title: Changes of networks
-- description: VPCs, peerings, routes, gateways and network ACLs that were created, changed or deleted.
SELECT event_time, event_name,
  coalesce(request_parameters ->> '$.routeTableId', request_parameters ->> '$.networkAclId', request_parameters ->> '$.internetGatewayId',
    request_parameters ->> '$.vpcPeeringConnectionId', request_parameters ->> '$.customerGatewayId', request_parameters ->> '$.vpcId',
    response_elements ->> '$.vpc.vpcId', response_elements ->> '$.internetGateway.internetGatewayId') AS what,
  coalesce(request_parameters ->> '$.destinationCidrBlock', request_parameters ->> '$.cidrBlock') AS cidr,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'ec2.amazonaws.com'
  AND regexp_matches(event_name, '^(Accept|Attach|Create|Delete|Detach|Disassociate|Modify|Reject|Replace)(Vpc|Route|RouteTable|RouteTableAssociation|InternetGateway|CustomerGateway|NatGateway|TransitGateway|NetworkAcl|NetworkAclEntry|NetworkAclAssociation|VpcPeeringConnection|VpcAttribute)$')
ORDER BY event_time, event_id
