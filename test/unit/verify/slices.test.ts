/** A day that does not fit in memory is verified in parts, some of its places at a time: the verdicts are the same. */
import { filesOf } from '../../support/runs';
import { ingestedRun, keysIn, type Run, SAMPLE_DAY, verdictRows, verify } from '../../support/verified-run';

/** Fewer than one account and region has. */
const FEW = { digests: 10, files: 10 };

let run: Run;

beforeAll(async () => {
  run = await ingestedRun({ accounts: 3, regions: 2 }, async (bucket) => {
    const ofDay = (key: string): boolean => key.includes(SAMPLE_DAY.replaceAll('-', '/'));
    const files = (await keysIn(bucket, 'CloudTrail')).filter(ofDay);
    const digests = (await keysIn(bucket, 'CloudTrail-Digest')).filter(ofDay);
    // In three accounts.
    await bucket.delete(files[0]);
    await bucket.put(files[files.length - 1], (await bucket.get(files[1])).body);
    await bucket.delete(digests[Math.floor(digests.length / 2) + 5]);
  });
});

async function verdicts(name: string, sliceRows?: typeof FEW) {
  const { counts, failures } = await verify(run, { name, sliceRows, by: name });
  const rows = (await verdictRows(run)).filter(({ run: by }) => by === name);
  const files = (await filesOf(run, 'integrity')).filter(({ path }) => path.includes(`verify-${name}-`));
  const failed = failures.first.map(({ key, code, message }) => `${code} ${key} ${message}`).sort();
  return { counts, failed, rows: rows.map((row) => ({ ...row, run: '' })), files: files.length };
}

it('many parts give the same verdicts, once each, as one part', async () => {
  const one = await verdicts('one');
  const many = await verdicts('many', FEW);
  expect(one.files).toBe(1);
  // Six places, some of them in the same part.
  expect(many.files).toBeGreaterThan(3);
  expect(many.rows).toEqual(one.rows);
  expect(many.counts).toEqual(one.counts);
  expect(many.failed).toEqual(one.failed);
  expect(one.failed.map((text) => text.split(' ')[0])).toEqual(['digest_missing', 'missing', 'modified']);
});

it('there may be too many log files, or too many digests', async () => {
  const { rows } = await verdicts('whole');
  const byFiles = await verdicts('files', { digests: 1_000_000, files: 100 });
  const byDigests = await verdicts('digests', { digests: 100, files: 1_000_000 });
  for (const { rows: others, files } of [byFiles, byDigests]) {
    expect(files).toBeGreaterThan(1);
    expect(others).toEqual(rows);
  }
});
