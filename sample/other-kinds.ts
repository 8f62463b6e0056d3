/** Records of kinds other than CloudTrail: Insights, and network activity of VPC endpoints. */
import type { EventContext } from './actions.js';
import { assumedRole, isoTime, type JsonObject } from './identities.js';
import { HEX } from './random.js';

/** Creates an Insight about a burst of calls: a Start record, and an End record some minutes later, with a shared id. */
export function insightPair(context: EventContext): { start: JsonObject; end: JsonObject; minutes: number } {
  const { random } = context;
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
  const callerArn = String(assumedRole(random, context.account, context.time).arn);
  const attributions: JsonObject[] = [
    {
      attribute: 'userIdentityArn',
      insight: [{ value: callerArn, average: burst }],
      baseline: [{ value: callerArn, average: baseline }],
    },
    {
      attribute: 'userAgent',
      insight: [{ value: 'aws-internal/3', average: burst }],
      baseline: [],
    },
  ];
  const insightContext = (state: string): JsonObject => ({
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
    awsRegion: context.region,
    eventID: random.uuid(),
    eventType: 'AwsCloudTrailInsight',
    recipientAccountId: context.account.id,
    sharedEventID,
    insightDetails: { state, ...details, insightContext: insightContext(state) },
    eventCategory: 'Insight',
  });
  return { start: record('Start', context.time), end: record('End', context.time + minutes * 60_000), minutes };
}

/** Creates the record of a call through a VPC endpoint; AWS uses both spellings of its event type. */
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
