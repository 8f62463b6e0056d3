/** Deduplication, audits and plans of tables whose manifests were merged across delivery days. */
import { nextDay } from '../../../protocol/days';
import { ensureTables } from '../../../run/context';
import { audit } from '../../support/audit';
import {
  commitGroup,
  DAY,
  ingest,
  ingestWholeDay,
  manifestsOf,
  memoryRun,
  plan,
  records,
  rowsOf,
  trailFile,
  trailKey,
} from '../../support/runs';

const DAYS = [DAY, nextDay(DAY), nextDay(nextDay(DAY)), nextDay(nextDay(nextDay(DAY)))];

type Run = ReturnType<typeof memoryRun>;

/** A run whose tables merge manifests from the third on. */
async function mergingRun(windowDays: number): Promise<Run> {
  const run = memoryRun({}, undefined, { windowDays });
  for (const table of Object.values(await ensureTables(run)))
    await run.catalog.commit(
      table,
      [],
      [{ action: 'set-properties', updates: { 'commit.manifest.min-count-to-merge': '3' } }],
    );
  return run;
}

/** How many entries each data manifest of the current snapshot of a table has. */
async function entriesOf(run: Run, role: 'default' | 'ledger'): Promise<number[]> {
  const { metadata } = (await ensureTables(run))[role]!;
  const snapshot = metadata.snapshots.at(-1)!;
  const manifests = (await manifestsOf(run, snapshot)).filter(({ metadata: header }) => header.content === 'data');
  return manifests.map(({ records: entries }) => entries.length);
}

const EVENTS = 'aws_cloudtrail';

/** Keys of the manifests in the events table's folder, whether a snapshot has them or not. */
async function manifestFiles(run: Run): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of run.warehouse.list(`trailmill/${EVENTS}/metadata/`))
    keys.push(...page.objects.map(({ key }) => key));
  return keys.filter((key) => key.endsWith('.avro') && !key.includes('/snap-'));
}

it('an event that is delivered again is found by the delivery day of its file, not by that of the merge', async () => {
  const run = await mergingRun(1);
  for (const [index, day] of DAYS.entries()) {
    await run.bucket.put(trailKey('one', { day }), trailFile(records(2, undefined, {}, `day-${index}`)));
    await ingestWholeDay(run, day);
  }
  // The last commit has merged the manifests of the days before it.
  expect(Math.max(...(await entriesOf(run, 'default')))).toBeGreaterThan(1);
  // Of the first day: outside the window of the last day, and inside that of the second.
  const again = trailFile(records(2, undefined, {}, 'day-0'));
  await run.bucket.put(trailKey('far', { day: DAYS[3] }), again);
  expect(await ingestWholeDay(run, DAYS[3])).toMatchObject({ events: 2, duplicates: 0 });
  await run.bucket.put(trailKey('near', { day: DAYS[1] }), again);
  expect(await ingestWholeDay(run, DAYS[1])).toMatchObject({ events: 0, duplicates: 2 });
});

it('an audit counts the rows of each day, and a later plan recognizes what is done', async () => {
  const run = await mergingRun(30);
  for (const [index, day] of DAYS.entries()) {
    await run.bucket.put(trailKey('one', { day }), trailFile(records(index + 1, undefined, {}, `day-${index}`)));
    await ingestWholeDay(run, day);
  }
  expect(Math.max(...(await entriesOf(run, 'ledger')))).toBeGreaterThan(1);
  for (const [index, day] of DAYS.entries()) {
    const { differences, groups } = await audit(run, { day });
    expect(differences).toEqual({ count: 0, first: [] });
    expect(groups).toMatchObject([{ day, listed: 1, ingested: 1, records: index + 1, rows: index + 1 }]);
    expect((await plan(run, day)).files).toBe(0);
  }
});

it('a commit of many batches adds one data manifest to a table', async () => {
  const run = memoryRun({ batchFiles: 1 });
  for (const name of ['a', 'b', 'c']) await run.bucket.put(trailKey(name), trailFile(records(1, undefined, {}, name)));
  const day = await plan(run);
  const results: string[] = [];
  for (let index = 0; index < day.batches; index++) results.push((await ingest(run, day, index)).result);
  expect(results).toHaveLength(3);
  await commitGroup(run, day, results);
  expect(await entriesOf(run, 'default')).toEqual([3]);
  expect(await rowsOf(run, 'default')).toHaveLength(3);
  expect(await manifestFiles(run)).toHaveLength(1);
});

it('a commit that is interrupted before its snapshot and repeated leaves no second manifest', async () => {
  const run = memoryRun();
  for (const name of ['a', 'b']) await run.bucket.put(trailKey(name), trailFile(records(1, undefined, {}, name)));
  const day = await plan(run);
  const { result } = await ingest(run, day, 0);
  let cuts = 1;
  const cut: Run = {
    ...run,
    catalog: {
      ...run.catalog,
      commit: async (...args) => {
        if (args[0].identifier.name === EVENTS && cuts-- > 0) throw new Error('cut');
        return run.catalog.commit(...args);
      },
    },
  };
  await expect(commitGroup(cut, day, [result])).rejects.toThrow('cut');
  const [left] = await manifestFiles(run);
  await commitGroup(run, day, [result]);
  expect(await manifestFiles(run)).toEqual([left]);
  expect(await rowsOf(run, 'default')).toHaveLength(2);
});
