/** Records of other kinds than CloudTrail: Insights, and network activity of VPC endpoints. */
import type { EventContext } from './actions.js';
import { assumedRole, isoTime, type JsonObject } from './identities.js';
import { HEX } from './random.js';

/** A burst of calls, as two records: where it starts, and where it ends some minutes later. They share an id. */
export function insightPair(scene: EventContext): { start: JsonObject; end: JsonObject; minutes: number } {
  const { random } = scene;
  const sharedEventID = random.uuid();
  const errorRate = random.chance(0.4);
  const minutes = 5 + random.int(20);
  const details: JsonObject = {
    eventSource: 's3.amazonaws.com',
    eventName: errorRate ? 'GetObject' : 'PutObject',
    insightType: errorRate ? 'ApiErrorRateInsight' : 'ApiCallRateInsight',
    ...(errorRate ? { errorCode: 'AccessDenied' } : {}),
  };
  const baseline = (1 + random.int(900)) / 10_000;
  const burst = 20 + random.int(100_000) / 100;
  const who = String(assumedRole(random, scene.account, scene.time).arn);
  const attributions: JsonObject[] = [
    {
      attribute: 'userIdentityArn',
      insight: [{ value: who, average: burst }],
      baseline: [{ value: who, average: baseline }],
    },
    {
      attribute: 'userAgent',
      insight: [{ value: 'aws-internal/3', average: burst }],
      baseline: [],
    },
  ];
  const context = (state: string): JsonObject => ({
    statistics: {
      baseline: { average: baseline },
      insight: { average: burst },
      insightDuration: state === 'End' ? minutes : 1,
      baselineDuration: 11_336,
    },
    attributions,
  });
  const record = (state: string, time: number): JsonObject => ({
    eventVersion: '1.09',
    eventTime: isoTime(time),
    awsRegion: scene.region,
    eventID: random.uuid(),
    eventType: 'AwsCloudTrailInsight',
    recipientAccountId: scene.account.id,
    sharedEventID,
    insightDetails: { state, ...details, insightContext: context(state) },
    eventCategory: 'Insight',
  });
  return { start: record('Start', scene.time), end: record('End', scene.time + minutes * 60_000), minutes };
}

/** A call that went through a VPC endpoint; AWS writes its type in both spellings. */
export function networkActivity({ random, account, region, time }: EventContext): JsonObject {
  const denied = random.chance(0.5);
  return {
    eventVersion: '1.09',
    userIdentity: { type: 'AWSAccount', principalId: account.roles[0].id, accountId: account.id },
    eventTime: isoTime(time),
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    awsRegion: region,
    sourceIPAddress: `10.0.${random.int(255)}.${1 + random.int(254)}`,
    ...(denied
      ? { errorCode: 'VpceAccessDenied', errorMessage: 'The request was denied due to a VPC endpoint policy' }
      : {}),
    requestParameters: null,
    responseElements: null,
    requestID: random.uuid(),
    eventID: random.uuid(),
    eventType: random.chance(0.5) ? 'AwsVpceEvents' : 'AwsVpceEvent',
    recipientAccountId: account.id,
    vpcEndpointId: `vpce-0${random.from(HEX, 16)}`,
    vpcEndpointAccountId: account.id,
    eventCategory: 'NetworkActivity',
  };
}
