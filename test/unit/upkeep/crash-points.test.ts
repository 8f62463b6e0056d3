/**
 * Every point at which upkeep can end: at each of its writes, one after the other, the process dies, gets a wrong answer, or
 * another worker ingests a late file. Readers see the same rows at every moment, and whichever process continues produces the
 * same tables.
 */
import { allTables } from '../../../cloudtrail/tables';
import { audit } from '../../support/audit';
import { type Around, type Call, copyOf, dyingAt, lyingAt, ProcessDied, processOf } from '../../support/crashes';
import { DAY, ingestWholeDay, memoryRun, records, rowsOf, trailFile, trailKey } from '../../support/runs';
import { allRows, upkeep, upkeepContext } from '../../support/upkeep';

type Run = ReturnType<typeof memoryRun>;

/** A day of three commits, with a repeated event and a reject. */
async function filled(): Promise<Run> {
  const run = memoryRun({}, allTables('aws_cloudtrail').slice(0, 1));
  for (const name of ['a', 'b', 'c']) {
    const list = [...records(2, `${DAY}T12:00:00Z`, {}, name), ...records(1, `${DAY}T13:00:00Z`), 7];
    await run.bucket.put(trailKey(name), trailFile(list));
    await ingestWholeDay(run);
  }
  return run;
}

const isWrite = ({ name }: Call): boolean => name === 'put' || name === 'delete';

/** The numbers of the calls that write, in an undisturbed upkeep. */
async function writesOf(run: Run): Promise<number[]> {
  const process = processOf(await copyOf(run));
  await upkeep(upkeepContext(process));
  return process.calls.filter(isWrite).map(({ number }) => number);
}

async function expectSame(run: Run, content: Record<string, string[]>): Promise<void> {
  expect(await allRows(processOf(run))).toEqual(content);
  expect((await audit(processOf(run))).differences).toEqual({ count: 0, first: [] });
}

test.each<[what: string, around: (number: number) => Around]>([
  ['dies before it', (number) => dyingAt(number, 'before')],
  ['dies after it', (number) => dyingAt(number, 'after')],
  ['is told that it failed', lyingAt],
])('a process that %s, whatever it writes, changes no row', async (_what, around) => {
  const run = await filled();
  const content = await allRows(run);
  const writes = await writesOf(run);
  expect(writes.length).toBeGreaterThan(15);
  for (const number of writes) {
    const copy = await copyOf(run);
    const outcome = await upkeep(upkeepContext(processOf(copy, around(number)))).catch((error: unknown) => error);
    if (around !== lyingAt) expect([number, outcome]).toEqual([number, expect.any(ProcessDied)]);
    await expectSame(copy, content);
    await upkeep(upkeepContext(processOf(copy)));
    await expectSame(copy, content);
  }
});

test('a late file that is ingested in between is in the tables once, and nothing else changes', async () => {
  const run = await filled();
  const late = trailFile([...records(2, `${DAY}T15:00:00Z`, {}, 'late'), ...records(1, `${DAY}T13:00:00Z`)]);
  const ingested = await copyOf(run);
  await ingested.bucket.put(trailKey('late'), late);
  await ingestWholeDay(ingested);
  const rows = (await rowsOf(ingested, 'default')).length;
  for (const number of await writesOf(run)) {
    const copy = await copyOf(run);
    const process = processOf(copy, {
      before: async (call) => {
        if (call.number !== number) return;
        await copy.bucket.put(trailKey('late'), late);
        await ingestWholeDay(processOf(copy));
      },
    });
    await upkeep(upkeepContext(process));
    expect([number, (await rowsOf(processOf(copy), 'default')).length]).toEqual([number, rows]);
    expect((await audit(processOf(copy))).differences).toEqual({ count: 0, first: [] });
  }
});
