/** Files that the sample does not have: files with rare records, and unusual files. */
import { gzipSync } from 'fflate';
import { FIRST_DAY } from '../../../sample/index.js';
import { ACCOUNT, RARE_INSIGHT, RARE_RECORDS } from './rare-records.js';

interface RareFile {
  key: string;
  body: Uint8Array;
  metadata?: Record<string, string>;
}

const REGION = 'us-east-1';
const STAMP = `${FIRST_DAY.replaceAll('-', '')}T1215`;

function keyOf(kind: string, name: string): string {
  return `AWSLogs/${ACCOUNT}/${kind}/${REGION}/${FIRST_DAY.replaceAll('-', '/')}/${name}.json.gz`;
}

function logFile(kind: string, id: string, body: Uint8Array): RareFile {
  return { key: keyOf(kind, `${ACCOUNT}_${kind}_${REGION}_${STAMP}Z_${id}`), body };
}

const zipped = (text: string): Uint8Array => gzipSync(Buffer.from(text), { mtime: 0 });
const trail = (...records: readonly object[]): string => JSON.stringify({ Records: records });

/** A digest that CloudTrail has delivered later, as in a backfill of digests, with a field that AWS may add in the future. */
function backfilledDigest(): RareFile {
  const key = keyOf('CloudTrail-Digest', `${ACCOUNT}_CloudTrail-Digest_${REGION}_rare_${REGION}_${STAMP}00Z`);
  const digest = {
    awsAccountId: ACCOUNT,
    digestStartTime: `${FIRST_DAY}T11:15:00Z`,
    digestEndTime: `${FIRST_DAY}T12:15:00Z`,
    digestS3Bucket: 'trailmill-sample',
    digestS3Object: key,
    digestPublicKeyFingerprint: '31e8b5433410dfb61a9dc45cc65b22ff',
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: null,
    oldestEventTime: null,
    previousDigestS3Bucket: null,
    previousDigestS3Object: null,
    previousDigestHashValue: null,
    previousDigestHashAlgorithm: null,
    previousDigestSignature: null,
    logFiles: [],
    fieldOfTomorrow: 'why it was made again, cut \ud83d',
  };
  const metadata = {
    signature: '50887ccffad4c002b97caa37cc9dc626',
    'signature-algorithm': 'SHA256withRSA',
    'backfill-generation-timestamp': `${FIRST_DAY}T12:20:00Z`,
  };
  return { key, body: zipped(JSON.stringify(digest)), metadata };
}

/** The files that are delivered in addition to the sample. */
export const RARE_FILES: readonly RareFile[] = [
  logFile('CloudTrail', 'RareRecords00001', zipped(trail(...RARE_RECORDS))),
  logFile('CloudTrail-Insight', 'RareInsight00001', zipped(trail(RARE_INSIGHT))),
  // A file of two gzip members.
  logFile('CloudTrail', 'RareMembers00001', Buffer.concat([zipped('{"Records":'), zipped('[]}')])),
  // Truncated, as after an interrupted upload.
  logFile('CloudTrail', 'RareCut000000001', zipped(trail(...RARE_RECORDS)).subarray(0, 500)),
  backfilledDigest(),
];

/** A log file in a trail's folder that none of its digests names: verification fails. */
export function forgedFile(account: string): RareFile {
  const stamp = `${FIRST_DAY.replaceAll('-', '')}T1030Z`;
  const name = `${account}_CloudTrail_${REGION}_${stamp}_RareForged000001.json.gz`;
  return {
    key: `AWSLogs/${account}/CloudTrail/${REGION}/${FIRST_DAY.replaceAll('-', '/')}/${name}`,
    body: zipped(trail()),
  };
}
