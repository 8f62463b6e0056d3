/** AWS retries delivery for up to 30 days: a log file is proven by the digest of the hour in which it arrived, however late. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { allTables } from '../../../cloudtrail/tables';
import { parseKeys } from '../../../integrity/keys';
import { addDays } from '../../../protocol/days';
import { storeKeys } from '../../../run/key-store';
import { DigestChain, HOUR_MS, type LogFile } from '../../../sample/digests';
import { type KeyPair, keyPairOf } from '../../../sample/key-pair';
import { Random } from '../../../sample/random';
import { createMemoryStore } from '../../../storage/memory';
import { ACCOUNT, DAY, ingestWholeDay, memoryRun, records, trailFile, trailKey } from '../../support/runs';
import { BUCKET, verdictRows, verify } from '../../support/verified-run';

const START = Date.parse(`${DAY}T00:00:00Z`);
const STREAM = { account: { id: ACCOUNT }, region: 'us-east-1', root: 'AWSLogs/' };
/** Delivered in time: the hour of `trailKey`. */
const [IN_TIME, LATE] = [trailKey('ontime0123456789'), trailKey('late0123456789ab')];
const LATE_BODY = trailFile(records(2, `${DAY}T11:50:00Z`));

let keys: KeyPair;
let other: KeyPair;

beforeAll(() => {
  keys = keyPairOf(new Random('late'));
  other = keyPairOf(new Random('other'));
});

interface Late {
  /** Hours after the start of the day. */
  arrived: number;
  /** Hours after the start of the day; absent: no digest lists it. */
  named?: number;
  body?: Buffer;
  /** The digest that lists it is of another trail, with an unknown key. */
  forged?: boolean;
}

/** Verifies a day with a log file in time and one that arrives late. Returns its report, and the row of the late file. */
async function verifiedLate({ arrived, named, body = LATE_BODY, forged = false }: Late) {
  const run = memoryRun({}, allTables('aws_cloudtrail'));
  let now = START;
  const bucket = createMemoryStore('bucket', () => now);
  const fileOf = (key: string, content: Buffer): LogFile => {
    return { key, hash: createHash('sha256').update(gunzipSync(content)).digest('hex') };
  };
  const chainOf = (name: string, pair: KeyPair) =>
    new DigestChain({ trail: { bucket: BUCKET, name, homeRegion: 'us-east-1' }, stream: STREAM, keysAt: () => pair });
  const [chain, another] = [chainOf('acme', keys), chainOf('acme-2', other)];
  const inTime = trailFile(records(2));
  const hours = 24 * (Math.ceil((arrived + 1) / 24) + 1);
  let naming = '';
  for (let hour = 1; hour < hours; hour++) {
    now = START + hour * HOUR_MS;
    const files = [
      ...(hour === 13 ? [fileOf(IN_TIME, inTime)] : []),
      ...(hour === named && !forged ? [fileOf(LATE, LATE_BODY)] : []),
    ];
    const digests = [chain.next(now, files)];
    if (hour === named && forged) digests.push(another.next(now, [fileOf(LATE, LATE_BODY)]));
    for (const { key, body: content, metadata } of digests) await bucket.put(key, content, { metadata });
    if (hour === named) naming = digests[digests.length - 1].key;
    if (hour === 13) await bucket.put(IN_TIME, inTime);
    if (hour === Math.ceil(arrived)) await bucket.put(LATE, body);
  }
  const late = { ...run, bucket };
  await storeKeys(run.warehouse, parseKeys(keys.publicKeyDer, 'key'), { from: 'folder' }, 0);
  for (let day = 0; day * 24 < hours; day++) await ingestWholeDay(late, addDays(DAY, day));
  const report = await verify(late, { day: DAY });
  const rows = await verdictRows(late);
  return { report, row: rows.find(({ key }) => key === LATE), naming };
}

it.each([
  ['an hour', 14],
  ['a day', 30],
  ['two days', 60],
  ['five days', 5 * 24 + 3],
  ['thirty days', 30 * 24 + 12],
])('%s late, it is valid by the digest of that hour', async (_, hour) => {
  const { report, row, naming } = await verifiedLate({ arrived: hour - 0.5, named: hour });
  expect(report.counts).toMatchObject({ logFiles: { valid: 2, failed: 0, unproven: 0 }, codes: [] });
  expect(row).toMatchObject({ status: 'valid', digest: naming, trail: 'acme' });
});

it('it is found to be modified if it is not what that digest says', async () => {
  const { report, row, naming } = await verifiedLate({ arrived: 60, named: 60, body: trailFile(records(3)) });
  expect(report.failures.first).toMatchObject([{ code: 'modified', key: LATE }]);
  expect(row).toMatchObject({ digest: naming });
});

it('no digest of that hour names it: CloudTrail did not deliver it', async () => {
  const { report } = await verifiedLate({ arrived: 60 });
  expect(report.failures.first).toMatchObject([{ code: 'not_in_digest', key: LATE }]);
});

it('a digest of a later day that proves nothing does not excuse it', async () => {
  const { report } = await verifiedLate({ arrived: 60, named: 60, forged: true });
  expect(report.failures.first).toMatchObject([{ code: 'not_in_digest', key: LATE }]);
});
