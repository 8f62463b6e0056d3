/** Announced and applied commits are known without their snapshots. */
import { announcedCommits, completeCommits, ledgerOf } from '../../../commit/commit';
import { appendManifests } from '../../../iceberg/append';
import { metadataKey } from '../../../iceberg/metadata-files';
import { loadExistingTable } from '../../../iceberg/retry';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import type { DayPlan } from '../../../protocol/messages';
import { identifierOf } from '../../../run/config';
import { ensureTables } from '../../../run/context';
import { LedgerPlans } from '../../../run/plan-state';
import { planPlaceOf } from '../../../run/work-keys';
import { audit, kindsOf } from '../../support/audit';
import { commitCutAt, contentOf, copyOf, dayAgain, leftovers, processOf } from '../../support/crashes';
import { expire } from '../../support/expiry';
import { commitGroup, DAY, ingest, memoryRun, plan, records, trailFile, trailKey } from '../../support/runs';

type Run = ReturnType<typeof memoryRun>;
const DAYS = ['2024-03-06', '2024-03-07', '2024-03-08', '2024-03-09'];

/** A file with events without ids, and a reject: none of them would be recognized as a repeat. */
async function runWithFile(): Promise<Run> {
  const run = memoryRun();
  await run.bucket.put(trailKey('one'), trailFile([...records(2, undefined, { eventID: undefined }), 7]));
  return run;
}

/** An unrelated snapshot of the ledger, so that no other is the current one. */
async function compactLedger(run: Run): Promise<void> {
  const { catalog, config } = run;
  const identifier = identifierOf(config, 'ledger');
  const table = await loadExistingTable(catalog, identifier);
  const commitId = `foreign ${table.metadata['last-sequence-number']}`;
  await appendManifests({ catalog, identifier, commitId, manifests: [], allowEmpty: true });
}

async function expireEverything(run: Run): Promise<void> {
  await compactLedger(run);
  await expire(run);
  const { metadata } = await loadExistingTable(run.catalog, ledgerOf(run));
  expect(metadata.snapshots).toHaveLength(1);
}

const propertiesOf = async (run: Run, role: 'default' | 'ledger'): Promise<Record<string, string>> =>
  (await loadExistingTable(run.catalog, identifierOf(run.config, role))).metadata.properties;

/** A commit that was interrupted before the first write of a key with this part. */
async function halfDone(cut: string): Promise<{ run: Run; of: DayPlan; results: string[] }> {
  const run = await runWithFile();
  const of = await plan(run);
  const results = [(await ingest(run, of, 0)).result];
  await commitCutAt(cut, run, of, results);
  return { run, of, results };
}

async function expectOnce(run: Run): Promise<void> {
  const undisturbed = await runWithFile();
  await dayAgain(undisturbed, DAY, 'afresh');
  expect(await contentOf(run)).toEqual(await contentOf(undisturbed));
  expect(kindsOf(await audit(run))).toEqual([]);
}

describe.each([
  ['announced', '/aws_cloudtrail/metadata/'],
  ['in the tables', 'aws_cloudtrail_files/data'],
])('a commit that is only %s', (_state, cut) => {
  it('is a difference for an audit, and is completed by the next run', async () => {
    const { run } = await halfDone(cut);
    await expireEverything(run);
    expect(kindsOf(await audit(run))).toContain('half_commit 0');
    expect(announcedCommits((await ensureTables(run)).ledger, DAY)).toHaveLength(1);
    expect(announcedCommits((await ensureTables(run)).ledger, '2024-03-06')).toEqual([]);
    expect(await completeCommits(processOf(run), inlinePool)).toBe(1);
    await expectOnce(run);
  });

  it('is in each table once when it is completed after commits of other days', async () => {
    const { run } = await halfDone(cut);
    await run.bucket.put(trailKey('two', { day: DAYS[0] }), trailFile([...records(1, `${DAYS[0]}T12:00:00Z`), 7]));
    await dayAgain(processOf(run), DAYS[0], 'afresh');
    await expire(run);
    expect(await completeCommits(processOf(run), inlinePool)).toBe(1);
    const { default: events, rejects, ledger } = await contentOf(run);
    expect([events.length, rejects.length, ledger.length]).toEqual([3, 2, 2]);
    expect(kindsOf(await audit(run))).toEqual([]);
  });

  it('is completed by the next plan of the day, and by its own worker', async () => {
    const { run, of, results } = await halfDone(cut);
    await expireEverything(run);
    const planned = await copyOf(run);
    expect(await plan(planned)).toMatchObject({ files: 0 });
    await expectOnce(planned);
    expect(await commitGroup(run, of, results)).toMatchObject({ files: 1, events: 2, rejects: 1 });
    await expectOnce(run);
  });

  it('is not made again by its own worker when another has completed it and no other trace of that remains', async () => {
    const { run, of, results } = await halfDone(cut);
    await completeCommits(processOf(run), inlinePool);
    await expireEverything(run);
    await expect(commitGroup(run, of, results)).rejects.toMatchObject({ name: 'PlanOutdated' });
    await dayAgain(run, DAY, 'goes on');
    await expectOnce(run);
  });

  it('prevents another plan of the day, which was made without it, from committing', async () => {
    const run = await runWithFile();
    const [of, other] = [await plan(run), await plan(run)];
    const results = [(await ingest(run, of, 0)).result];
    const others = [(await ingest(run, other, 0)).result];
    await commitCutAt(cut, run, of, results);
    await expireEverything(run);
    await expect(commitGroup(processOf(run), other, others)).rejects.toMatchObject({
      name: 'PlanOutdated',
      message: `Snapshots of the ledger that are newer than the plan of ${DAY} have expired, so it is unknown what has been committed since.`,
    });
    await dayAgain(processOf(run), DAY, 'afresh');
    await expectOnce(run);
  });
});

it('a commit continues when others expire the version that it is based on, and delete its files', async () => {
  const run = await runWithFile();
  await dayAgain(run, DAY, 'afresh');
  const { catalog, config } = run;
  let tries = 0;
  const committed = await appendManifests({
    catalog,
    identifier: identifierOf(config, 'ledger'),
    commitId: 'one that is overtaken',
    manifests: [],
    allowEmpty: true,
    prepare: async () => {
      if (tries++ === 0) await expireEverything(run);
      return {};
    },
  });
  expect([tries, committed.alreadyCommitted]).toEqual([2, false]);
  await expectOnce(run);
});

it('a plan continues when only snapshots older than it have been expired', async () => {
  const run = await runWithFile();
  await dayAgain(run, DAY, 'afresh');
  await run.bucket.put(trailKey('two', { day: DAYS[0] }), trailFile(records(1, `${DAYS[0]}T12:00:00Z`)));
  const of = await plan(run, DAYS[0]);
  const results = [(await ingest(run, of, 0)).result];
  await expire(run);
  expect(await commitGroup(run, of, results, { day: DAYS[0] })).toMatchObject({ files: 1 });
});

it('a plan is removed only if the newest commit of the ledger was made after later snapshots were expired', async () => {
  const run = await runWithFile();
  const of = await plan(run);
  const place = planPlaceOf(of.address)!;
  await run.bucket.put(trailKey('two', { day: DAYS[0] }), trailFile(records(1, `${DAYS[0]}T12:00:00Z`)));
  await dayAgain(processOf(run), DAYS[0], 'afresh');
  await expire(run);
  const plansNow = async () => new LedgerPlans(await loadExistingTable(run.catalog, ledgerOf(run)), run.config.source);
  // A worker that loaded the ledger earlier may be about to announce a commit of the plan.
  expect((await plansNow()).isUnused(place)).toBe(false);
  await run.bucket.put(trailKey('three', { day: DAYS[1] }), trailFile(records(1, `${DAYS[1]}T12:00:00Z`)));
  await dayAgain(processOf(run), DAYS[1], 'afresh');
  expect((await plansNow()).isUnused(place)).toBe(true);
  await completeCommits(processOf(run), inlinePool);
  expect(await leftovers(run)).toEqual([]);
  await expect(ingest(run, of, 0)).rejects.toMatchObject({ name: 'PlanOutdated' });
});

it('the properties do not grow with the commits', async () => {
  const run = memoryRun();
  const sizes: number[] = [];
  for (const [index, day] of DAYS.entries()) {
    for (const name of ['a', 'b', 'c']) {
      await run.bucket.put(trailKey(name, { day }), trailFile(records(1, `${day}T12:00:00Z`, {}, `${name}${index}`)));
      await dayAgain(run, day, 'goes on');
    }
    const properties = { ...(await propertiesOf(run, 'default')), ...(await propertiesOf(run, 'ledger')) };
    expect(JSON.parse(properties['trailmill.open-commits']).commits).toEqual([]);
    expect(JSON.parse(properties['trailmill.recent-commits']).commits).toHaveLength(1);
    // The others are settings for writers: they do not depend on commits.
    const ours = Object.entries(properties).filter(([name]) => name.startsWith('trailmill.'));
    sizes.push(JSON.stringify(ours).length);
  }
  expect(Math.max(...sizes)).toBeLessThan(600);
});

it('a table that has lost its newest versions is detected even if only properties still record them', async () => {
  const run = await runWithFile();
  await dayAgain(run, DAY, 'afresh');
  await run.bucket.put(trailKey('two', { day: DAYS[0] }), trailFile(records(1, `${DAYS[0]}T12:00:00Z`)));
  const of = await plan(run, DAYS[0]);
  await commitCutAt('/aws_cloudtrail/metadata/', run, of, [(await ingest(run, of, 0)).result], 0, DAYS[0]);
  await expire(run);
  const identifier = identifierOf(run.config, 'rejects');
  const { metadataLocation } = await loadExistingTable(run.catalog, identifier);
  const newest = Number(/v(\d+)\.metadata/.exec(metadataLocation)?.[1]);
  await run.warehouse.delete(metadataKey(identifier, newest));
  await run.warehouse.put(
    'trailmill/aws_cloudtrail_rejects/metadata/version-hint.text',
    Buffer.from(String(newest - 1)),
  );
  await expect(ensureTables(processOf(run))).rejects.toMatchObject({
    message: expect.stringMatching(
      /^The table aws_cloudtrail_rejects has lost its newest versions: .* according to aws_cloudtrail_files/,
    ),
  });
});

it.each([
  ['{', 'cannot be read: Expected property name', 'Set it to its value'],
  ['{"format":1}', 'cannot be read: recordedUntil:', 'Set it to its value'],
  ['[]', 'cannot be read: it has no format', 'Set it to its value'],
  [
    '{"format":9}',
    'has format 9, but this version of Trailmill only reads formats up to 2',
    'Use the version that wrote it',
  ],
])('a property that is not understood stops every run with its cure: %s', async (text, message, cure) => {
  const { run, of, results } = await halfDone('aws_cloudtrail_files/data');
  const ledger = await loadExistingTable(run.catalog, ledgerOf(run));
  await run.catalog.commit(ledger, [], [{ action: 'set-properties', updates: { 'trailmill.open-commits': text } }]);
  const before = await contentOf(run);
  const error = {
    name: 'TableUnusable',
    message: expect.stringContaining(`The property trailmill.open-commits of the table ${ledger.location} ${message}`),
    cure: expect.stringContaining(cure),
  };
  await expect(completeCommits(run, inlinePool)).rejects.toMatchObject(error);
  await expect(plan(run)).rejects.toMatchObject(error);
  await expect(commitGroup(run, of, results)).rejects.toMatchObject(error);
  expect(await contentOf(run)).toEqual(before);
});
