/** Cases of the saved queries about what was opened to others: buckets, security groups, snapshots. */
import { event, OTHER, type SavedCase } from './records';

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

export const EXPOSURE: readonly SavedCase[] = [
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
];
