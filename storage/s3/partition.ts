/** The partitions of AWS: worlds of their own, with their own credentials, hosts and ARNs. Pure. */

/**
 * The partition of a region: the second word of every ARN. Without a region the usual one.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
export function partitionOf(region: string | undefined): string {
  const [, partition] = PARTITIONS.find(([start]) => region?.startsWith(start)) ?? [];
  return partition ?? 'aws';
}

/** By the beginnings of their regions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const PARTITIONS: readonly (readonly [start: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eusc-', 'aws-eusc'],
];
