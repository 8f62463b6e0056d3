/** The format of the event category table, and its sources. */

/** A line of the table: events with these services and names have these categories and types. Lists are separated by spaces. */
export interface EventGroup {
  /** Services: the part of eventSource before `.amazonaws.`. */
  services: string;
  /** Values of eventName; `*` for all events of the service that have no line of their own. */
  names: string;
  category: string;
  type: string;
  source: keyof typeof GROUP_SOURCES;
}

/** Where a line comes from. Lines from `reference` also classify records without eventSource. */
export const GROUP_SOURCES = {
  reference: { title: 'Matano, Elastic', url: 'https://github.com/matanolabs/matano' },
  elastic: {
    title: 'Elastic',
    url: 'https://github.com/elastic/integrations/blob/main/packages/aws/data_stream/cloudtrail/elasticsearch/ingest_pipeline/default.yml',
  },
  signin: {
    title: 'AWS: console sign-in events',
    url: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html',
  },
  identityCenter: {
    title: 'AWS: IAM Identity Center in CloudTrail',
    url: 'https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html',
  },
  iam: { title: 'AWS: IAM API', url: 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html' },
  sts: { title: 'AWS: STS API', url: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html' },
  rolesAnywhere: {
    title: 'AWS: Roles Anywhere',
    url: 'https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html',
  },
  podIdentity: {
    title: 'AWS: EKS Pod Identity',
    url: 'https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations_Amazon_EKS_Auth.html',
  },
  cognito: {
    title: 'AWS: Cognito in CloudTrail',
    url: 'https://docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html',
  },
  directoryData: {
    title: 'AWS: Directory Service Data API',
    url: 'https://docs.aws.amazon.com/directoryservicedata/latest/DirectoryServiceDataAPIReference/API_Operations.html',
  },
  quicksight: {
    title: 'AWS: QuickSight API',
    url: 'https://docs.aws.amazon.com/quicksight/latest/APIReference/API_Operations.html',
  },
  ec2: { title: 'AWS: EC2 API', url: 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Operations.html' },
  s3: {
    title: 'AWS: S3 in CloudTrail',
    url: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html',
  },
  cloudtrail: {
    title: 'AWS: CloudTrail API',
    url: 'https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html',
  },
} as const;

type Line = readonly [services: string, category: string, type: string, names: string];

/** Creates the lines of one source. */
export const lines = (source: EventGroup['source'], ...of: Line[]): EventGroup[] =>
  of.map(([services, category, type, names]) => ({ services, names, category, type, source }));
