/** Leftovers of finished runs in the work area are removed, and nothing that may still be needed. */
import { completeCommits } from '../../../commit/commit';
import { StorageAccessDenied, StorageUnavailable } from '../../../errors/index';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import type { DayPlan } from '../../../protocol/messages';
import type { RunContext } from '../../../run/context';
import type { RunEvent } from '../../../run/events';
import { commitCutAt, contentOf, copyOf, dayAgain, leftovers, processOf } from '../../support/crashes';
import {
  ACCOUNT,
  commitGroup,
  DAY,
  ingest,
  ingestWholeDay,
  memoryRun,
  plan,
  records,
  trailFile,
  trailKey,
} from '../../support/runs';

const NEXT_DAY = '2024-03-06';

type Run = ReturnType<typeof memoryRun> & { events: RunEvent[] };

/** Four batches of one file each, in two groups; two of the files have an event in common. */
async function runWithFiles(day = DAY): Promise<Run> {
  const events: RunEvent[] = [];
  const run = {
    ...memoryRun({ batchFiles: 1, groupBatches: 2 }),
    events,
    report: (event: RunEvent) => void events.push(event),
  };
  for (const [index, name] of ['a', 'b', 'c', 'd'].entries())
    await run.bucket.put(trailKey(name, { day }), trailFile(records(2, `${day}T12:00:0${index}Z`, {}, 'x')));
  return run;
}

async function ingestGroup(run: RunContext, of: DayPlan, group: number): Promise<string[]> {
  const results: string[] = [];
  for (let index = group * 2; index < group * 2 + 2; index++) results.push((await ingest(run, of, index)).result);
  return results;
}

async function finishGroup(run: RunContext, of: DayPlan, group: number) {
  return commitGroup(run, of, await ingestGroup(run, of, group), { group });
}

const nextRun = (run: RunContext): Promise<number> => completeCommits(run, inlinePool);
const leftOf = ({ events }: Run): string[] =>
  events.map(({ what }) => what).filter((what) => what.startsWith('leftovers'));

/** The contents of the tables after an undisturbed run over the same files. */
async function undisturbed(): Promise<Record<string, string[]>> {
  const run = await runWithFiles();
  await dayAgain(run, DAY, 'afresh');
  return contentOf(run);
}

it('a finished day leaves nothing of its plan, and only needed objects in the work area', async () => {
  const run = await runWithFiles();
  const of = await plan(run);
  await finishGroup(run, of, 0);
  expect(await leftovers(run)).not.toEqual([]);
  await finishGroup(run, of, 1);
  expect(await leftovers(run)).toEqual([]);
  const kept = new Set<string>();
  for await (const { objects } of run.warehouse.list('_trailmill/'))
    for (const { key } of objects) kept.add(key.split('/')[1]);
  expect([...kept].sort()).toEqual(['event-ids', 'index', 'sources']);
});

it('a plan with a group that is not committed remains, and is continued', async () => {
  const run = await runWithFiles();
  const of = await plan(run);
  // All batches of the first group have failed.
  await finishGroup(run, of, 1);
  await nextRun(run);
  const again = await plan(run, DAY, {}, { fresh: false });
  expect(again).toMatchObject({ id: of.id, resumed: true });
  await finishGroup(run, again, 0);
  await nextRun(run);
  expect(await leftovers(run)).toEqual([]);
  expect((await plan(run)).batches).toBe(0);
  expect(await contentOf(run)).toEqual(await undisturbed());
});

it.each(['/aws_cloudtrail/metadata/', 'aws_cloudtrail_files/data'])(
  'a commit that is only announced, before %s, keeps the objects that its completion needs',
  async (cut) => {
    const run = await runWithFiles();
    const of = await plan(run);
    await finishGroup(run, of, 0);
    const results = await ingestGroup(run, of, 1);
    await commitCutAt(cut, run, of, results, 1);
    // Another source of the warehouse, which does not know about it.
    const other = { ...run, config: { ...run.config, source: 'other' } };
    await ingestWholeDay(other);
    await nextRun(other);
    await nextRun(run);
    await nextRun(run);
    expect(await contentOf(run)).toEqual(await undisturbed());
    expect(await leftovers(run)).toEqual([]);
  },
);

it('leftovers of a run that ended early are removed by the next one, once another plan has replaced its plan', async () => {
  const run = await runWithFiles();
  const ended = await plan(run, DAY, { accounts: [ACCOUNT] });
  await ingestGroup(run, ended, 0);
  await nextRun(run);
  expect((await leftovers(run)).some((key) => key.includes(`/${ended.id}/`))).toBe(true);
  await dayAgain(run, DAY, 'afresh');
  expect(await leftovers(run)).toEqual([]);
  // A lost attempt continues to write.
  await run.warehouse.put(`${ended.address}/batch-000009.json`, Buffer.from('{}'));
  await nextRun(run);
  expect(await leftovers(run)).toEqual([]);
  expect(leftOf(run)).toEqual(['leftovers removed']);
});

it('a run in progress on another server keeps its plan', async () => {
  const run = await runWithFiles();
  const of = await plan(run);
  const results = await ingestGroup(run, of, 0);
  await run.bucket.put(trailKey('e', { day: NEXT_DAY }), trailFile(records(1, `${NEXT_DAY}T12:00:00Z`)));
  await dayAgain(processOf(run), NEXT_DAY, 'afresh');
  await nextRun(run);
  await commitGroup(run, of, results);
  await finishGroup(run, of, 1);
  expect(await leftovers(run)).toEqual([]);
});

it('if two runs work on one plan, the later one has to plan again', async () => {
  const run = await runWithFiles();
  const of = await plan(run);
  const late = processOf(run);
  const results = await ingestGroup(late, of, 0);
  const other = await plan(run, DAY, {}, { fresh: false });
  expect(other.id).toBe(of.id);
  await finishGroup(run, other, 0);
  const counts = await finishGroup(run, other, 1);
  await expect(ingest(late, of, 2)).rejects.toMatchObject({ name: 'PlanOutdated' });
  // Counts of committed groups come from the ledger, and nothing is written for them.
  const before = late.calls.length;
  expect((await commitGroup(late, of, results)).files).toBe(2);
  expect(await commitGroup(late, of, ['gone', 'too'], { group: 1 })).toEqual(counts);
  expect(late.calls.slice(before).filter(({ name }) => name === 'put' || name === 'delete')).toEqual([]);
  await dayAgain(late, DAY, 'afresh');
  expect(await contentOf(run)).toEqual(await undisturbed());
  expect(await leftovers(run)).toEqual([]);
});

it('a plan that no commit has left behind is not replaced if one of its objects is missing: that is damage', async () => {
  const run = await runWithFiles();
  const of = await plan(run);
  await run.warehouse.delete(`${of.address}/batch-000001.json`);
  await expect(ingest(run, of, 1)).rejects.toMatchObject({ name: 'TableUnusable' });
});

it('a commit whose results are gone is not announced', async () => {
  const run = await runWithFiles();
  const of = await plan(run);
  const results = await ingestGroup(run, of, 0);
  await run.warehouse.delete(results[1]);
  await expect(commitGroup(run, of, results)).rejects.toMatchObject({ name: 'TableUnusable' });
  expect(await nextRun(run)).toBe(0);
});

it.each([
  ['is not allowed to', new StorageAccessDenied('DeleteObjects: AWS denied access.', 'Grant s3:DeleteObject.'), 1],
  ['does not get through', new StorageUnavailable('503 SlowDown'), 2],
])(
  'a run that %s delete still completes and reports it, and the next one removes the leftovers',
  async (_how, error, reports) => {
    const run = await runWithFiles();
    const { deleteAll } = run.warehouse;
    run.warehouse.deleteAll = () => Promise.reject(error);
    await dayAgain(run, DAY, 'afresh');
    await nextRun(run);
    expect(await contentOf(run)).toEqual(await undisturbed());
    expect(await leftovers(run)).not.toEqual([]);
    expect(leftOf(run)).toEqual(Array(reports).fill('leftovers stay'));
    run.warehouse.deleteAll = deleteAll;
    await nextRun(run);
    expect(await leftovers(run)).toEqual([]);
  },
);

it('plans of another source, and of another ledger of the same source, remain', async () => {
  const run = await runWithFiles();
  const other = { ...run, config: { ...run.config, source: 'other' } };
  const elsewhere = { ...(await copyOf(memoryRun())), bucket: run.bucket };
  await plan(other);
  await plan(elsewhere);
  const theirs = await leftovers(other);
  for (const key of await leftovers(elsewhere)) {
    if (!key.includes('/plans/')) continue;
    await run.warehouse.put(key, (await elsewhere.warehouse.get(key)).body);
    theirs.push(key);
  }
  await dayAgain(run, DAY, 'afresh');
  await nextRun(run);
  expect((await leftovers(run)).sort()).toEqual(theirs.sort());
});

it('a removal takes one request for each thousand objects', async () => {
  const run = await runWithFiles();
  const of = await plan(run);
  await finishGroup(run, of, 0);
  for (let index = 0; index < 2500; index++)
    await run.warehouse.put(`${of.address}/done/x/part-${index}.json`, Buffer.from('{}'));
  const { deleteAll } = run.warehouse;
  const sizes: number[] = [];
  run.warehouse.deleteAll = (keys, options) => {
    sizes.push(keys.length);
    return deleteAll(keys, options);
  };
  await finishGroup(run, of, 1);
  expect(sizes.slice(0, 2)).toEqual([1000, 1000]);
  expect(sizes.length).toBeLessThanOrEqual(4);
  expect(await leftovers(run)).toEqual([]);
});
