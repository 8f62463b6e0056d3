/** Bucket policies, for users with limited permissions. */
import { PutBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';

/** A statement of a bucket policy. */
export interface PolicyStatement {
  effect: 'Allow' | 'Deny';
  /** Access key id of a user of the S3 server. */
  user: string;
  /** Such as `s3:GetObject`. */
  actions: readonly string[];
  /** The bucket itself (for example for `s3:ListBucket`), or keys in it: a prefix with a star. Default: the bucket and all keys. */
  on?: 'bucket' | { keys: string };
}

/** Replaces the policy of a bucket. It applies from the next request on. */
export async function putBucketPolicy(
  client: S3Client,
  bucket: string,
  statements: readonly PolicyStatement[],
): Promise<void> {
  const policy = {
    Version: '2012-10-17',
    Statement: statements.map(({ effect, user, actions, on }) => ({
      Effect: effect,
      Principal: { AWS: [user] },
      Action: actions,
      Resource: resourcesOf(bucket, on),
    })),
  };
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }));
}

function resourcesOf(bucket: string, on: PolicyStatement['on']): string[] {
  const arn = `arn:aws:s3:::${bucket}`;
  if (on === undefined) return [arn, `${arn}/*`];
  return [on === 'bucket' ? arn : `${arn}/${on.keys}`];
}
