/** Cases of the saved queries about what was changed: trails, buckets, networks, keys, functions, instances. */
import { event, OTHER, role, type SavedCase, time, user } from './records';

const PUBLIC_GRANT = {
  Grantee: { 'xsi:type': 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' },
  Permission: 'READ',
};
const policy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const permission = (fromPort: number, more: object) => ({
  ipProtocol: 'tcp',
  fromPort,
  toPort: fromPort,
  groups: {},
  ...more,
});

export const RESOURCES: readonly SavedCase[] = [
  {
    query: 'trail-changes',
    records: [
      event('05 08:00', 'cloudtrail', 'StopLogging', { request: { name: 'main' } }),
      event('05 08:01', 'cloudtrail', 'PutEventSelectors', { request: { trailName: 'main', eventSelectors: [] } }),
      event('05 08:02', 'cloudtrail', 'DeleteTrail', {
        request: { name: 'main' },
        error: 'AccessDenied',
        who: role('Admin', 'x'),
      }),
      event('05 08:03', 'cloudtrail', 'DescribeTrails'),
      event('05 08:04', 'kinesisvideo', 'UpdateTrail'),
    ],
    rows: [
      { event_name: 'StopLogging', trail: 'main', principal: 'alice', event_time: time('05 08:00') },
      { event_name: 'PutEventSelectors', trail: 'main' },
      { event_name: 'DeleteTrail', trail: 'main', principal: 'Admin', error_code: 'AccessDenied', event_id: 'e3' },
    ],
  },
  {
    query: 'detection-disabled',
    records: [
      event('05 08:00', 'guardduty', 'DeleteDetector', { request: { detectorId: 'd1' } }),
      event('05 08:01', 'guardduty', 'UpdateDetector', { request: { detectorId: 'd1', enable: false } }),
      event('05 08:02', 'guardduty', 'UpdateDetector', {
        request: { detectorId: 'd1', findingPublishingFrequency: 'ONE_HOUR' },
      }),
      event('05 08:03', 'guardduty', 'CreateFilter', {
        request: { detectorId: 'd1', action: 'ARCHIVE', name: 'hide' },
      }),
      event('05 08:04', 'guardduty', 'CreateFilter', { request: { detectorId: 'd1', action: 'NOOP' } }),
      event('05 08:05', 'config', 'StopConfigurationRecorder', { request: { configurationRecorderName: 'default' } }),
      event('05 08:06', 'ec2', 'DeleteFlowLogs', {
        request: { DeleteFlowLogsRequest: { FlowLogId: { tag: 1, content: 'fl-1' } } },
      }),
      event('05 08:07', 'config', 'DescribeConfigRules'),
      event('05 08:08', 'inspector2', 'Disable', { request: { resourceTypes: ['EC2'] } }),
    ],
    rows: [
      { event_name: 'DeleteDetector', what: 'd1' },
      { event_name: 'UpdateDetector', what: 'd1', event_id: 'e2' },
      { event_name: 'CreateFilter', event_id: 'e4' },
      { event_source: 'config.amazonaws.com', event_name: 'StopConfigurationRecorder', what: 'default' },
      { event_name: 'DeleteFlowLogs', what: 'fl-1' },
      { event_name: 'Disable', what: null, event_id: 'e9' },
    ],
  },
  {
    query: 'public-buckets',
    records: [
      event('05 08:00', 's3', 'PutBucketAcl', {
        request: { bucketName: 'b1', acl: '', AccessControlPolicy: { AccessControlList: { Grant: [PUBLIC_GRANT] } } },
      }),
      event('05 08:01', 's3', 'PutBucketAcl', { request: { bucketName: 'b2', 'x-amz-acl': ['public-read-write'] } }),
      event('05 08:02', 's3', 'PutBucketAcl', { request: { bucketName: 'b3', 'x-amz-acl': ['private'] } }),
      event('05 08:03', 's3', 'PutBucketPolicy', {
        request: {
          bucketName: 'b4',
          bucketPolicy: policy({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject' }),
        },
      }),
      event('05 08:04', 's3', 'PutBucketPolicy', {
        request: {
          bucketName: 'b5',
          bucketPolicy: policy({
            Effect: 'Allow',
            Principal: { AWS: ['*'] },
            Action: 's3:GetObject',
            Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } },
          }),
        },
      }),
      event('05 08:05', 's3', 'PutBucketPolicy', {
        request: {
          bucketName: 'b6',
          bucketPolicy: policy(
            { Effect: 'Deny', Principal: '*', Action: 's3:*' },
            { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${OTHER}:root` }, Action: 's3:*' },
          ),
        },
      }),
      event('05 08:06', 's3', 'DeleteBucketPublicAccessBlock', {
        request: { bucketName: 'b7', publicAccessBlock: '' },
      }),
      event('05 08:07', 's3', 'PutBucketPublicAccessBlock', {
        request: {
          bucketName: 'b8',
          PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: false, IgnorePublicAcls: true },
        },
        error: 'AccessDenied',
      }),
      event('05 08:08', 's3', 'PutBucketPublicAccessBlock', {
        request: {
          bucketName: 'b9',
          PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
        },
      }),
    ],
    rows: [
      { bucket: 'b1', change: 'ACL for everybody', event_name: 'PutBucketAcl' },
      { bucket: 'b2', change: 'ACL for everybody' },
      { bucket: 'b4', change: 'policy for everybody' },
      { bucket: 'b5', change: 'policy for everybody, with a condition' },
      { bucket: 'b7', change: 'public access block removed' },
      { bucket: 'b8', change: 'public access block weakened', error_code: 'AccessDenied', event_id: 'e8' },
    ],
  },
  {
    query: 'open-security-groups',
    records: [
      event('05 08:00', 'ec2', 'AuthorizeSecurityGroupIngress', {
        request: {
          groupId: 'sg-1',
          ipPermissions: {
            items: [
              permission(22, { ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] }, ipv6Ranges: {} }),
              permission(443, { ipRanges: { items: [{ cidrIp: '10.0.0.0/8' }] }, ipv6Ranges: {} }),
              permission(3389, { ipRanges: {}, ipv6Ranges: { items: [{ cidrIpv6: '::/0' }] } }),
            ],
          },
        },
      }),
      event('05 08:01', 'ec2', 'AuthorizeSecurityGroupIngress', {
        request: { groupName: 'old', ipProtocol: 'tcp', fromPort: 21, toPort: 21, cidrIp: '0.0.0.0/0' },
      }),
      event('05 08:02', 'ec2', 'ModifySecurityGroupRules', {
        request: {
          ModifySecurityGroupRulesRequest: {
            GroupId: 'sg-2',
            SecurityGroupRule: {
              SecurityGroupRuleId: 'sgr-1',
              tag: 1,
              SecurityGroupRule: { IpProtocol: '-1', CidrIpv4: '0.0.0.0/0', FromPort: -1, ToPort: -1 },
            },
          },
        },
      }),
      event('05 08:03', 'ec2', 'AuthorizeSecurityGroupEgress', {
        request: {
          groupId: 'sg-3',
          ipPermissions: { items: [permission(443, { ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } })] },
        },
      }),
      event('05 08:04', 'ec2', 'AuthorizeSecurityGroupIngress', {
        request: {
          groupId: 'sg-4',
          ipPermissions: { items: [permission(22, { ipRanges: { items: [{ cidrIp: '10.0.0.0/0' }] } })] },
        },
      }),
    ],
    rows: [
      { security_group: 'sg-1', protocol: 'tcp', from_port: '22', to_port: '22', event_id: 'e1' },
      { security_group: 'sg-1', from_port: '3389', event_id: 'e1' },
      { security_group: 'old', from_port: '21', event_id: 'e2' },
      { security_group: 'sg-2', protocol: '-1', from_port: '-1', event_id: 'e3' },
    ],
  },
  {
    query: 'kms-key-deletion',
    records: [
      event('05 08:00', 'kms', 'ScheduleKeyDeletion', {
        request: { keyId: 'k1', pendingWindowInDays: 7 },
        response: { keyId: 'k1', deletionDate: 'Mar 12, 2024 8:00:00 AM' },
      }),
      event('05 08:10', 'kms', 'DisableKey', { request: { keyId: 'k2' } }),
      event('05 08:20', 'kms', 'Decrypt', { request: { keyId: 'k2' } }),
    ],
    rows: [
      { event_name: 'ScheduleKeyDeletion', key_id: 'k1', waits_days: '7', deletion_date: 'Mar 12, 2024 8:00:00 AM' },
      { event_name: 'DisableKey', key_id: 'k2', waits_days: null },
    ],
  },
  {
    query: 'shared-snapshots',
    records: [
      event('05 08:00', 'ec2', 'ModifySnapshotAttribute', {
        request: {
          snapshotId: 'snap-1',
          createVolumePermission: { add: { items: [{ userId: OTHER }, { userId: '777788889999' }] } },
          attributeType: 'CREATE_VOLUME_PERMISSION',
        },
      }),
      event('05 08:01', 'ec2', 'ModifySnapshotAttribute', {
        request: { snapshotId: 'snap-2', createVolumePermission: { add: { items: [{ group: 'all' }] } } },
      }),
      event('05 08:02', 'ec2', 'ModifySnapshotAttribute', {
        request: { snapshotId: 'snap-3', createVolumePermission: { remove: { items: [{ userId: OTHER }] } } },
      }),
      event('05 08:03', 'ec2', 'ModifyImageAttribute', {
        request: {
          imageId: 'ami-1',
          launchPermission: { add: { items: [{ userId: OTHER }] } },
          attributeType: 'launchPermission',
        },
      }),
      event('05 08:04', 'rds', 'ModifyDBSnapshotAttribute', {
        request: { dBSnapshotIdentifier: 'db-1', attributeName: 'restore', valuesToAdd: ['all'] },
      }),
      event('05 08:05', 'ec2', 'CreateSnapshot', { request: { volumeId: 'vol-1' } }),
    ],
    rows: [
      { shared: 'snap-1', shared_with: `${OTHER}, 777788889999`, is_public: 'false', event_id: 'e1' },
      { shared: 'snap-2', shared_with: 'all', is_public: 'true' },
      { shared: 'ami-1', shared_with: OTHER, event_name: 'ModifyImageAttribute' },
      { shared: 'db-1', shared_with: 'all', is_public: 'true', event_name: 'ModifyDBSnapshotAttribute' },
    ],
  },
  {
    query: 'key-pairs',
    records: [
      event('05 08:00', 'ec2', 'ImportKeyPair', {
        request: { keyName: 'evil' },
        response: { keyName: 'evil', keyPairId: 'key-1' },
      }),
      event('05 08:10', 'ec2', 'DescribeKeyPairs'),
      event('05 08:20', 'ec2', 'DeleteKeyPair', { request: { keyName: 'ops' }, who: user('bob') }),
    ],
    rows: [
      { event_name: 'ImportKeyPair', key_name: 'evil', key_pair_id: 'key-1', principal: 'alice' },
      { event_name: 'DeleteKeyPair', key_name: 'ops', principal: 'bob' },
    ],
  },
  {
    query: 'lambda-changes',
    records: [
      event('05 08:00', 'lambda', 'UpdateFunctionCode20150331v2', { request: { functionName: 'f', dryRun: false } }),
      event('05 08:01', 'lambda', 'AddPermission20150331v2', {
        request: { functionName: 'f', action: 'lambda:InvokeFunction', principal: OTHER, statementId: 's' },
      }),
      event('05 08:02', 'lambda', 'ListFunctions20150331'),
      event('05 08:03', 'lambda', 'CreateFunctionUrlConfig', { request: { functionName: 'f', authType: 'NONE' } }),
    ],
    rows: [
      { change: 'UpdateFunctionCode', function: 'f', opened_to: null },
      { change: 'AddPermission', function: 'f', opened_to: OTHER },
      { change: 'CreateFunctionUrlConfig', function: 'f', opened_to: 'NONE' },
    ],
  },
  {
    query: 'network-changes',
    records: [
      event('05 08:00', 'ec2', 'CreateRoute', {
        request: { routeTableId: 'rtb-1', destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-1' },
      }),
      event('05 08:01', 'ec2', 'CreateVpc', {
        request: { cidrBlock: '10.0.0.0/16' },
        response: { vpc: { vpcId: 'vpc-1' } },
      }),
      event('05 08:02', 'ec2', 'DescribeVpcs'),
      event('05 08:03', 'ec2', 'CreateVpcEndpoint', { request: {} }),
      event('05 08:04', 'ec2', 'DeleteNetworkAclEntry', { request: { networkAclId: 'acl-1', ruleNumber: 100 } }),
    ],
    rows: [
      { event_name: 'CreateRoute', what: 'rtb-1', cidr: '0.0.0.0/0' },
      { event_name: 'CreateVpc', what: 'vpc-1', cidr: '10.0.0.0/16' },
      { event_name: 'DeleteNetworkAclEntry', what: 'acl-1', cidr: null, event_id: 'e5' },
    ],
  },
  {
    query: 'instances-started',
    records: [
      event('05 08:00', 'ec2', 'RunInstances', {
        request: {
          instancesSet: { items: [{ imageId: 'ami-1', minCount: 2, maxCount: 2 }] },
          instanceType: 'p4d.24xlarge',
        },
        response: { instancesSet: { items: [{ instanceId: 'i-1' }, { instanceId: 'i-2' }] } },
        region: 'sa-east-1',
      }),
      event('05 08:10', 'ec2', 'RunInstances', {
        request: { instancesSet: { items: [{ imageId: 'ami-1' }] }, instanceType: 't3.micro' },
        error: 'Client.InstanceLimitExceeded',
      }),
      event('05 08:20', 'ec2', 'StartInstances'),
    ],
    rows: [
      { instance_type: 'p4d.24xlarge', instances: '2', image: 'ami-1', instance_ids: 'i-1, i-2', region: 'sa-east-1' },
      { instance_type: 't3.micro', instances: null, error_code: 'Client.InstanceLimitExceeded' },
    ],
  },
  {
    query: 'remote-commands',
    records: [
      event('05 08:00', 'ssm', 'StartSession', { request: { target: 'i-1' }, response: { sessionId: 's' } }),
      event('05 08:01', 'ssm', 'SendCommand', {
        request: { documentName: 'AWS-RunShellScript', instanceIds: ['i-1', 'i-2'] },
      }),
      event('05 08:02', 'ecs', 'ExecuteCommand', { request: { task: 't1', command: '/bin/sh', interactive: true } }),
      event('05 08:03', 'ssm', 'ListCommands'),
    ],
    rows: [
      { event_name: 'StartSession', target: 'i-1', document: null },
      { event_name: 'SendCommand', target: '["i-1","i-2"]', document: 'AWS-RunShellScript' },
      { event_name: 'ExecuteCommand', target: 't1', document: '/bin/sh' },
    ],
  },
  {
    query: 'deletions',
    records: [
      event('05 08:00', 's3', 'DeleteBucket', { request: { bucketName: 'b1' } }),
      event('05 08:01', 's3', 'DeleteBucket', { request: { bucketName: 'b2' }, error: 'BucketNotEmpty' }),
      event('05 08:02', 's3', 'DeleteBucket', { request: { bucketName: 'b3' } }),
      event('05 08:03', 'ec2', 'TerminateInstances', { who: user('bob', { invokedBy: 'autoscaling.amazonaws.com' }) }),
      event('05 08:04', 'ec2', 'TerminateInstances', { who: user('bob') }),
    ],
    rows: [
      { event_name: 'DeleteBucket', deleted: '2', errors: '1', last_seen: time('05 08:02') },
      { event_name: 'TerminateInstances', deleted: '1', errors: '0', first_seen: time('05 08:04') },
    ],
  },
];
