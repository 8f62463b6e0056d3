/**
 * Every point at which a run that reads files again can end: at each of its writes, one after the other, the process dies,
 * gets a wrong answer, or another one is faster. Readers see each event once at every moment, and whichever process continues
 * produces the same tables.
 */
import { defaultTables } from '../../../cloudtrail/tables';
import { completeCommits } from '../../../commit/commit';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { audit } from '../../support/audit';
import {
  type Around,
  type Call,
  contentOf,
  copyOf,
  dyingAt,
  leftovers,
  lyingAt,
  processOf,
} from '../../support/crashes';
import { freshContent, type Run, withTransform } from '../../support/reprocess';
import {
  commitGroup,
  DAY,
  ingest,
  ingestWholeDay,
  memoryRun,
  plan,
  records,
  rowsOf,
  trailFile,
  trailKey,
} from '../../support/runs';
import { upkeep, upkeepContext } from '../../support/upkeep';

const BEFORE = '2024-03-04';
const shared = records(1, `${DAY}T13:00:00Z`, {}, 'shared');

/** Three files of a day, and one of the day before: all have an event in common, and one has a reject. */
async function filled(): Promise<Run> {
  const run = memoryRun({ batchFiles: 2, groupBatches: 1 }, defaultTables('aws_cloudtrail'));
  await run.bucket.put(
    trailKey('z', { day: BEFORE }),
    trailFile([...records(1, `${BEFORE}T12:00:00Z`, {}, 'z'), ...shared]),
  );
  await ingestWholeDay(run, BEFORE);
  for (const name of ['a', 'b', 'c']) {
    const own = [...records(2, `${DAY}T12:00:00Z`, {}, name), ...shared];
    await run.bucket.put(trailKey(name), trailFile(name === 'a' ? [...own, 7] : own));
  }
  const of = await plan(run);
  for (const group of [0, 1]) await commitGroup(run, of, [(await ingest(run, of, group)).result], { group });
  return run;
}

/** The day, read again as in its workflow: continues an unfinished plan, and plans again if it is outdated. */
async function again(run: Run, fresh = false): Promise<void> {
  for (let tries = 1; ; tries++) {
    const of = await plan(run, DAY, {}, { reprocess: {}, fresh: fresh || tries > 1 });
    try {
      for (let group = of.nextGroup; group < of.batches; group++) {
        const { result } = await ingest(run, of, group);
        await commitGroup(run, of, [result], { group, replaces: true });
      }
      if (!of.resumed) return;
    } catch (error) {
      if ((error as Error).name !== 'PlanOutdated' || tries === 4) throw error;
    }
  }
}

const isWrite = ({ name }: Call): boolean => name === 'put' || name === 'delete';

async function writesOf(run: Run): Promise<number[]> {
  const process = processOf(await copyOf(run));
  await again(process);
  return process.calls.filter(isWrite).map(({ number }) => number);
}

/** The ids of the events in the table, sorted. */
async function eventsOf(run: Run): Promise<string[]> {
  return (await rowsOf(processOf(run), 'default')).map(({ event }) => (event as { id: string }).id).sort();
}

const LABELS = 'row.set(\'labels\', \'{"team":"blue"}\'); return row;';

/** Every `step`th write, beginning with that at `from`: the situations at the others differ little. */
const someOf = (numbers: readonly number[], step: number, from = 0): number[] =>
  numbers.filter((_, index) => index % step === from % step);

let run: Run;
let events: string[];
let writes: number[];
let wanted: Record<string, string[]>;

beforeAll(async () => {
  run = withTransform(await filled(), LABELS);
  events = await eventsOf(run);
  expect(events).toHaveLength(1 + 6 + 1);
  writes = await writesOf(run);
  expect(writes.length).toBeGreaterThan(20);
  const undisturbed = processOf(await copyOf(run));
  await again(undisturbed);
  wanted = await contentOf(undisturbed);
  // The file of the day before is not read again, but it loses the event that all files have.
  const fresh = await freshContent(run);
  expect(wanted.rejects).toEqual(fresh.rejects);
  expect(wanted.default.filter((row) => row.includes('blue'))).toHaveLength(7);
});

/** Any of the files may have lost the event that all have, but no table has it twice. */
async function expectUndisturbed(copy: Run): Promise<void> {
  expect(await contentOf(processOf(copy))).toEqual(wanted);
  for (const day of [BEFORE, DAY])
    expect((await audit(processOf(copy), { day })).differences).toEqual({ count: 0, first: [] });
}

describe.each<[what: string, around: (number: number) => Around]>([
  ['dies before it', (number) => dyingAt(number, 'before')],
  ['is told that it failed', lyingAt],
])('a process that %s, whatever it writes,', (_what, around) => {
  // In parts, because all of them together take long on a busy machine.
  test.each([0, 1, 2])('shows each event once, and is continued: part %d of the writes', async (part) => {
    for (const number of someOf(writes, 3, part)) {
      const copy = await copyOf(run);
      await again(processOf(copy, around(number))).catch(() => {});
      expect([number, await eventsOf(copy)]).toEqual([number, events]);
      await again(processOf(copy), number % 2 === 0);
      await expectUndisturbed(copy);
      expect(await completeCommits(processOf(copy), inlinePool)).toBe(0);
      expect(await leftovers(copy)).toEqual([]);
    }
  });
});

test('every process that finds the open commit of a dead process completes it first', async () => {
  for (const number of someOf(writes, 3)) {
    const copy = await copyOf(run);
    await again(processOf(copy, dyingAt(number, 'before'))).catch(() => {});
    // An ordinary run of another day, with the same event.
    await copy.bucket.put(trailKey('late', { day: BEFORE }), trailFile(shared));
    await ingestWholeDay(processOf(copy), BEFORE);
    expect([number, await eventsOf(copy)]).toEqual([number, events]);
    await again(processOf(copy));
    expect([number, await eventsOf(copy)]).toEqual([number, events]);
    for (const day of [BEFORE, DAY])
      expect([number, (await audit(processOf(copy), { day })).differences.first]).toEqual([number, []]);
  }
});

test.each<[what: string, meet: (copy: Run) => Promise<unknown>]>([
  ['an upkeep', (copy) => upkeep(upkeepContext(processOf(copy)))],
  [
    'an ordinary run of another day',
    async (copy) => {
      await copy.bucket.put(trailKey('late', { day: BEFORE }), trailFile(shared));
      await ingestWholeDay(processOf(copy), BEFORE);
    },
  ],
  ['another run that reads the same day again', (copy) => again(processOf(copy), true)],
])('%s may be faster at any write', async (what, meet) => {
  for (const number of someOf(writes, 5, what.length)) {
    const copy = await copyOf(run);
    const process = processOf(copy, {
      before: async (call) => {
        if (call.number === number) await meet(copy);
      },
    });
    await again(process);
    expect([number, await eventsOf(copy)]).toEqual([number, events]);
    for (const day of [BEFORE, DAY])
      expect([number, (await audit(processOf(copy), { day })).differences.first]).toEqual([number, []]);
    expect((await rowsOf(processOf(copy), 'default')).filter(({ labels }) => labels != null)).toHaveLength(7);
    expect(await plan(processOf(copy), DAY, {}, { reprocess: {} })).toMatchObject({ files: 0 });
  }
});

test('files that are read again at any write of an upkeep have only their new rows: its compaction is refused', async () => {
  const counted = processOf(await copyOf(run));
  await upkeep(upkeepContext(counted));
  const numbers = counted.calls.filter(isWrite).map(({ number }) => number);
  for (const number of someOf(numbers, 3, 1)) {
    const copy = await copyOf(run);
    const process = processOf(copy, {
      before: async (call) => {
        if (call.number === number) await again(processOf(copy));
      },
    });
    await upkeep(upkeepContext(process));
    await expectUndisturbed(copy);
  }
});
