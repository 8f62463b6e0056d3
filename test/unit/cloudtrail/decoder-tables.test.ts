/** One record of each kind, and the row that the facts about CloudTrail promise for it. */
import { DIGEST_TABLE_COLUMNS } from '../../../cloudtrail/columns/digest.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { rowsOf } from '../../support/columns.js';
import { checkFile, DEFAULT_TABLE, DIGEST_TABLE, INSIGHTS_TABLE, type OracleRow } from '../../support/oracle.js';

const trail = (...records: object[]): string => JSON.stringify({ Records: records });
const micros = (time: string): bigint => BigInt(Date.parse(time)) * 1000n;
/** The columns that say something, without those of every row. */
function said(row: OracleRow, prefix: string): Record<string, unknown> {
  const entries = Object.entries(row).filter(([name, value]) => name.startsWith(prefix) && value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), value]));
}

describe('an Insight', () => {
  const insightDetails = {
    state: 'End',
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    insightType: 'ApiErrorRateInsight',
    errorCode: 'AccessDenied',
    sourceEventCategory: 'Data',
    insightSource: 'eventSource',
    insightContext: {
      statistics: {
        baseline: { average: 0.0020833333 },
        insight: { average: 12 },
        insightDuration: 5,
        baselineDuration: 11336,
      },
      attributions: [
        {
          attribute: 'userIdentityArn',
          insight: [
            { value: 'arn:aws:iam::111122223333:user/a', average: 11.5 },
            { value: 'b', average: 0.5 },
          ],
          baseline: [],
        },
        { attribute: 'errorCode', insight: [{ value: 'AccessDenied', average: 12 }] },
      ],
    },
  };
  const record = {
    eventVersion: '1.09',
    eventTime: '2024-03-05T12:04:00Z',
    awsRegion: 'eu-west-1',
    eventID: 'e-2',
    eventType: 'AwsCloudTrailInsight',
    recipientAccountId: '111122223333',
    sharedEventID: 's-1',
    insightDetails,
    eventCategory: 'Insight',
  };
  const [row] = checkFile(trail(record), undefined, INSIGHTS_TABLE);

  it('has its details in columns, averages as numbers and attributions as lists of structs', () => {
    expect(said(row, 'aws.cloudtrail.insight_details.')).toEqual({
      state: 'End',
      event_source: 's3.amazonaws.com',
      event_name: 'GetObject',
      insight_type: 'ApiErrorRateInsight',
      error_code: 'AccessDenied',
      source_event_category: 'Data',
      insight_source: 'eventSource',
      'statistics.baseline_average': 0.0020833333,
      'statistics.insight_average': 12,
      'statistics.insight_duration': 5,
      'statistics.baseline_duration': 11336,
      attributions: [
        {
          attribute: 'userIdentityArn',
          insight: [
            { value: 'arn:aws:iam::111122223333:user/a', average: 11.5 },
            { value: 'b', average: 0.5 },
          ],
          baseline: [],
        },
        { attribute: 'errorCode', insight: [{ value: 'AccessDenied', average: 12 }], baseline: null },
      ],
    });
  });

  it('keeps the text of its details, with no unmapped members', () => {
    expect(row['aws.cloudtrail.insight_details_raw']).toBe(JSON.stringify(insightDetails));
    expect([row['aws.cloudtrail.unmapped'], row['aws.cloudtrail.empty_members']]).toEqual([null, null]);
  });

  it('is an alert about a call, and shares an id with its other half', () => {
    expect(row).toMatchObject({
      ts: micros('2024-03-05T12:04:00Z'),
      'event.kind': 'alert',
      'event.action': 'GetObject',
      'event.provider': 's3.amazonaws.com',
      'event.outcome': 'unknown',
      'event.type': ['info'],
      'event.id': 'e-2',
      'cloud.account.id': '111122223333',
      'aws.cloudtrail.shared_event_id': 's-1',
    });
  });

  it('has nulls if the details have another form', () => {
    const odd = { ...record, insightDetails: { state: 5, insightContext: { statistics: 'none', attributions: {} } } };
    const [other] = checkFile(trail(odd), undefined, INSIGHTS_TABLE);
    expect(said(other, 'aws.cloudtrail.insight_details.')).toEqual({ state: '5' });
  });
});

describe('a digest', () => {
  const digest = {
    awsAccountId: '111122223333',
    digestStartTime: '2024-03-05T11:00:00Z',
    digestEndTime: '2024-03-05T12:00:00Z',
    digestS3Bucket: 'logs',
    digestS3Object: 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2024/03/05/d.json.gz',
    digestPublicKeyFingerprint: '31e8b5433410dfb61a9dc45cc65b22ff',
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: '2024-03-05T11:58:00Z',
    oldestEventTime: '2024-03-04T23:00:00Z',
    previousDigestS3Bucket: 'logs',
    previousDigestS3Object: 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2024/03/05/c.json.gz',
    previousDigestHashValue: 'ab12',
    previousDigestHashAlgorithm: 'SHA-256',
    previousDigestSignature: 'cd34',
    logFiles: [
      {
        s3Bucket: 'logs',
        s3Object: 'AWSLogs/111122223333/CloudTrail/eu-west-1/2024/03/05/a.json.gz',
        hashValue: '9bb6196fc6b84d6f075a56548feca262bd99ba3c2de41b618e5b6e22c1fc71f6',
        hashAlgorithm: 'SHA-256',
        newestEventTime: '2024-03-05T11:58:00Z',
        oldestEventTime: '2024-03-04T23:00:00Z',
      },
      {
        s3Bucket: 'logs',
        s3Object: 'AWSLogs/111122223333/CloudTrail/eu-west-1/2024/03/05/empty.json.gz',
        hashValue: '00',
        hashAlgorithm: 'SHA-256',
        newestEventTime: null,
        oldestEventTime: null,
      },
    ],
  };

  it('has every field in a column of its type', () => {
    const [row] = checkFile(JSON.stringify(digest), undefined, DIGEST_TABLE);
    const files = digest.logFiles;
    expect(said(row, 'aws.cloudtrail.digest.')).toEqual({
      start_time: micros('2024-03-05T11:00:00Z'),
      end_time: micros('2024-03-05T12:00:00Z'),
      newest_event_time: micros('2024-03-05T11:58:00Z'),
      oldest_event_time: micros('2024-03-04T23:00:00Z'),
      s3_bucket: 'logs',
      s3_object: digest.digestS3Object,
      public_key_fingerprint: '31e8b5433410dfb61a9dc45cc65b22ff',
      signature_algorithm: 'SHA256withRSA',
      previous_s3_bucket: 'logs',
      previous_s3_object: digest.previousDigestS3Object,
      previous_hash_value: 'ab12',
      previous_hash_algorithm: 'SHA-256',
      previous_signature: 'cd34',
      log_files: [
        {
          s3_bucket: 'logs',
          s3_object: files[0].s3Object,
          hash_value: files[0].hashValue,
          hash_algorithm: 'SHA-256',
          newest_event_time: micros('2024-03-05T11:58:00Z'),
          oldest_event_time: micros('2024-03-04T23:00:00Z'),
        },
        {
          s3_bucket: 'logs',
          s3_object: files[1].s3Object,
          hash_value: '00',
          hash_algorithm: 'SHA-256',
          newest_event_time: null,
          oldest_event_time: null,
        },
      ],
    });
    expect(row).toMatchObject({
      ts: micros('2024-03-05T12:00:00Z'),
      'cloud.account.id': '111122223333',
      'file.path': digest.digestS3Object,
    });
    // In a list null means that a member was not delivered; where it was, as null, the list is in the leftovers, too.
    expect(JSON.parse(row['aws.cloudtrail.unmapped'] as string)).toEqual({ logFiles: files });
    expect(row['aws.cloudtrail.empty_members']).toBeNull();
    const [whole] = checkFile(JSON.stringify({ ...digest, logFiles: [files[0]] }), undefined, DIGEST_TABLE);
    expect([whole['aws.cloudtrail.unmapped'], whole['aws.cloudtrail.empty_members']]).toEqual([null, null]);
  });

  it('of an hour without files, and the first of a chain, is a row like any other', () => {
    const previous = Object.keys(digest).filter((key) => key.startsWith('previous'));
    const first = {
      ...digest,
      newestEventTime: null,
      oldestEventTime: null,
      logFiles: [],
      ...Object.fromEntries(previous.map((key) => [key, null])),
    };
    const [row] = checkFile(JSON.stringify(first), undefined, DIGEST_TABLE);
    expect(row).toMatchObject({
      'aws.cloudtrail.digest.log_files': [],
      'aws.cloudtrail.digest.newest_event_time': null,
      'aws.cloudtrail.digest.previous_signature': null,
      'aws.cloudtrail.unmapped': null,
    });
  });

  it('has its signature from the object’s metadata, the region from its key, and its own hash', () => {
    const decoder = new FileDecoder(DIGEST_TABLE_COLUMNS, 'digest');
    decoder.decode(Buffer.from(JSON.stringify(digest)), {
      uri: 's3://logs/d',
      region: 'eu-west-1',
      sha256: 'ff00',
      metadata: {
        signature: '5a5a',
        'signature-algorithm': 'SHA256withRSA',
        'backfill-generation-timestamp': '2024-04-01T00:00:00Z',
      },
    });
    const [row] = rowsOf(decoder.take()[0]);
    expect(row).toMatchObject({
      'aws.cloudtrail.digest.signature': '5a5a',
      'aws.cloudtrail.digest.metadata_signature_algorithm': 'SHA256withRSA',
      'aws.cloudtrail.digest.backfill_generation_timestamp': micros('2024-04-01T00:00:00Z'),
      'cloud.region': 'eu-west-1',
      'file.hash.sha256': 'ff00',
      'log.file.path': 's3://logs/d',
    });
  });

  it('without an end is in the rejects', () => {
    const decoder = new FileDecoder(DIGEST_TABLE_COLUMNS, 'digest');
    const { rejects } = decoder.decode(Buffer.from('{"digestEndTime":null}'), 'f');
    expect(rejects).toMatchObject([{ reason: 'no_event_time', message: 'The record has no digestEndTime.' }]);
  });
});

describe('events of other kinds', () => {
  const aggregated = {
    eventVersion: '1.0',
    eventId: 'a-1',
    accountId: '111122223333',
    eventType: 'AwsAggregatedEvent',
    timeWindow: { windowStart: '2024-03-05T12:00:00Z', windowEnd: '2024-03-05T12:05:00Z', windowSize: 'PT5M' },
    summary: { primaryDimension: { dimension: 'eventName', statistics: [{ name: 'GetObject', value: 1250 }] } },
  };

  it('are rows of the default table: an aggregated one has the start of its window as its time', () => {
    const [row] = checkFile(trail(aggregated));
    expect(row).toMatchObject({
      ts: micros('2024-03-05T12:00:00Z'),
      'event.created': null,
      'event.id': null,
      'aws.cloudtrail.aggregated.event_id': 'a-1',
      'cloud.account.id': '111122223333',
      'aws.cloudtrail.event_type': 'AwsAggregatedEvent',
      'aws.cloudtrail.aggregated.window_end': micros('2024-03-05T12:05:00Z'),
      'aws.cloudtrail.aggregated.window_size': 'PT5M',
      'aws.cloudtrail.aggregated.summary': JSON.stringify(aggregated.summary),
      'aws.cloudtrail.unmapped': null,
    });
  });

  it.each([
    ['the same time', { eventTime: '2024-03-05T12:00:00Z', eventID: 'a-1' }],
    ['another time', { eventTime: '2024-03-05T12:01:00Z', eventID: 'a-2' }],
    ['no time', { eventTime: null, eventID: null }],
    ['an odd id', { eventID: ['a-1'] }],
  ])('can be rebuilt when a record has both spellings, and %s', (_what, more) => {
    const [row] = checkFile(trail({ ...aggregated, ...more }));
    const { eventID } = more as { eventID: unknown };
    expect(row['event.id']).toBe(typeof eventID === 'string' ? eventID : null);
    expect(row['aws.cloudtrail.aggregated.event_id']).toBe('a-1');
  });

  it('are rejected if the time cannot be read, even with a window', () => {
    const decoder = new FileDecoder(DEFAULT_TABLE.columns);
    const { rejects } = decoder.decode(Buffer.from(trail({ ...aggregated, eventTime: 'noon' })), 'f');
    expect(rejects).toMatchObject([{ reason: 'bad_event_time' }]);
  });

  it.each(['AwsVpceEvents', 'AwsVpceEvent'])('of a VPC endpoint (%s) have the endpoint and its owner', (eventType) => {
    const [row] = checkFile(
      trail({
        eventTime: '2024-03-05T12:00:00Z',
        eventType,
        vpcEndpointId: 'vpce-0',
        vpcEndpointAccountId: '444455556666',
        eventCategory: 'NetworkActivity',
      }),
    );
    expect(row).toMatchObject({
      'aws.cloudtrail.event_type': eventType,
      'aws.cloudtrail.vpc_endpoint_id': 'vpce-0',
      'aws.cloudtrail.vpc_endpoint_account_id': '444455556666',
      'aws.cloudtrail.unmapped': null,
    });
  });
});
