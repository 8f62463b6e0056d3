/** Cases of the saved queries about what was changed: trails, networks, keys, functions, instances. */
import { event, OTHER, role, type SavedCase, time, user } from './records';

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
