/** Tables of the previous version, which only has snapshots, and its workers next to those of this version. */
import { announcedCommits, completeCommits, ledgerOf } from '../../../commit/commit';
import { loadExistingTable } from '../../../iceberg/retry';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { audit, kindsOf } from '../../support/audit';
import { contentOf, copyOf, dayAgain, dyingAt, processOf } from '../../support/crashes';
import { bucketOf, type Memory, ORDER } from '../../support/day-steps';
import { expire, ofEarlierVersion } from '../../support/expiry';
import { DAY, type memoryRun, records, trailFile, trailKey } from '../../support/runs';

type Run = ReturnType<typeof memoryRun>;
const COMMIT = ORDER.findIndex(({ name }) => name === 'commit 0');

/** The day up to its first commit, by the earlier version, and the writes of that commit. */
let before: { run: Run; memory: Memory; writes: number[] };
let undisturbed: Record<string, string[]>;

beforeAll(async () => {
  const run = await bucketOf([DAY]);
  const memory: Memory = { results: [] };
  for (const { act } of ORDER.slice(0, COMMIT)) await act(ofEarlierVersion(processOf(run)), memory);
  const after = processOf(await copyOf(run));
  await ORDER[COMMIT].act(ofEarlierVersion(after), structuredClone(memory));
  const writes = after.calls.filter(({ name }) => name === 'put').map(({ number }) => number);
  before = { run, memory, writes };
  await dayAgain(after, DAY, 'afresh');
  undisturbed = await contentOf(after);
});

async function expectUndisturbed(run: Run): Promise<void> {
  expect(await contentOf(run)).toEqual(undisturbed);
  await expire(run);
  expect(kindsOf(await audit(run))).toEqual([]);
  await run.bucket.put(trailKey('late'), trailFile(records(1, `${DAY}T20:00:00Z`)));
  await dayAgain(processOf(run), DAY, 'goes on');
  expect((await contentOf(run)).default).toHaveLength(undisturbed.default.length + 1);
  expect(kindsOf(await audit(run))).toEqual([]);
}

it('a commit of the earlier version that was interrupted anywhere is completed, whatever is expired meanwhile', async () => {
  for (const number of before.writes) {
    const run = await copyOf(before.run);
    await ORDER[COMMIT]
      .act(ofEarlierVersion(processOf(run, dyingAt(number, 'before'))), structuredClone(before.memory))
      .catch(() => {});
    const ledger = await loadExistingTable(run.catalog, ledgerOf(run));
    expect(Object.keys(ledger.metadata.properties).filter((name) => name.startsWith('trailmill.'))).toEqual([]);
    const open = announcedCommits(ledger).length;
    let writes = 0;
    const process = processOf(run, {
      after: async ({ name, key }) => {
        // From the first commit of this version on, the property has what is open.
        if (name === 'put' && key.includes('_files/metadata/v')) writes++;
        if (name === 'put' && writes > 0) await expire(run);
      },
    });
    expect(await completeCommits(process, inlinePool)).toBe(open);
    await dayAgain(process, DAY, 'goes on');
    await expectUndisturbed(run);
  }
});

it('a commit of this version that was interrupted anywhere is completed by the earlier version, and this one recognizes it', async () => {
  for (const number of before.writes) {
    const run = await copyOf(before.run);
    await ORDER[COMMIT].act(processOf(run, dyingAt(number, 'before')), structuredClone(before.memory)).catch(() => {});
    await completeCommits(ofEarlierVersion(processOf(run)), inlinePool);
    const now = await loadExistingTable(run.catalog, ledgerOf(run));
    expect(announcedCommits(now)).toEqual([]);
    expect(kindsOf(await audit(run)).filter((kind) => kind.startsWith('half'))).toEqual([]);
    await completeCommits(processOf(run), inlinePool);
    await expire(run);
    await dayAgain(processOf(run), DAY, 'goes on');
    await expectUndisturbed(run);
  }
});
