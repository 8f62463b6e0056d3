/** The object-store port over a real S3 server, versitygw. */
import { type S3Fixture, startS3, versitygw } from '../support/s3';
import { storageContract } from '../support/storage-contract';

let s3: S3Fixture | undefined;
/** For tests, none of which runs without the server. */
function fixture(): S3Fixture {
  if (s3 === undefined) throw new Error('There is no S3 server.');
  return s3;
}

beforeAll(async () => {
  const binary = await versitygw();
  if (binary !== undefined) s3 = await startS3(binary);
}, 900_000);
afterAll(() => s3?.stop());

describe('S3 store', () => {
  storageContract(async () => fixture().open({ bucket: await fixture().newBucket() }), { anyKeyCanBeRead: true });
});
describe('S3 store below a prefix', () => {
  storageContract(async () => fixture().open({ bucket: await fixture().newBucket(), prefix: 'a b/c+d%' }), {
    anyKeyCanBeRead: true,
  });
});
