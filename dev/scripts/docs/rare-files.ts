/** Files that the sample does not have: of the rare records, and of what is rare about files. */
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

/** Made again later by CloudTrail, as a backfill of digests does, and with a field that AWS may add one day. */
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

/** Delivered beside the sample. */
export const RARE_FILES: readonly RareFile[] = [
  logFile('CloudTrail', 'RareRecords00001', zipped(trail(...RARE_RECORDS))),
  logFile('CloudTrail-Insight', 'RareInsight00001', zipped(trail(RARE_INSIGHT))),
  // Two gzip members, which together are one file.
  logFile('CloudTrail', 'RareMembers00001', Buffer.concat([zipped('{"Records":'), zipped('[]}')])),
  // Its end is missing, as after an upload that was cut.
  logFile('CloudTrail', 'RareCut000000001', zipped(trail(...RARE_RECORDS)).subarray(0, 500)),
  backfilledDigest(),
];
