/**
 * Every point at which a process can end: a day is planned, ingested and committed, and at each of its storage calls, one
 * after the other, the process dies, is lied to or is overtaken. Whoever goes on then must come to the same tables.
 */
import type { RunContext } from '../../activities/run-context';
import { allTables } from '../../cloudtrail/tables';
import type { DayPlan } from '../../workflows/messages';
import {
  type Around,
  type Call,
  commitGroup,
  contentOf,
  copyOf,
  dayAfresh,
  dyingAt,
  lyingAt,
  ProcessDied,
  processOf,
} from '../support/crashes';
import { DAY, ingest, memoryRun, plan, records, rowsOf, trailFile, trailKey } from '../support/runs';

const NEXT_DAY = '2024-03-06';
const GROUP_BATCHES = 2;

type Run = ReturnType<typeof memoryRun>;

/** Five files a day in batches of two: a group of two batches, and one of one. Something for each table, some of it twice. */
async function bucketOf(days: readonly string[]): Promise<Run> {
  const run = memoryRun({ batchFiles: 2, concurrentReads: 2 }, allTables('aws_cloudtrail'));
  run.config.deduplicate = { windowDays: 30 };
  for (const day of days) {
    const start = `${day}T12:00:00Z`;
    const key = (name: string, kind = 'CloudTrail'): string => trailKey(name, { day, kind });
    await run.bucket.put(key('a'), trailFile([...records(2, start), 7]));
    await run.bucket.put(key('b'), trailFile([...records(1, start), ...records(1, `${DAY}T18:00:00Z`)]));
    await run.bucket.put(key('c'), Buffer.from('neither gzip nor JSON'));
    await run.bucket.put(key('d'), trailFile(records(1, `${day}T15:00:00Z`)));
    const insight = { insightDetails: { state: 'Start' }, eventCategory: 'Insight' };
    await run.bucket.put(key('e', 'CloudTrail-Insight'), trailFile(records(1, `${day}T16:00:00Z`, insight)));
  }
  return run;
}

/** What the workflow remembers between two activities. */
interface Memory {
  plan?: DayPlan;
  results: string[];
}

interface Step {
  name: string;
  act(run: RunContext, memory: Memory): Promise<void>;
}

/** The activities of a day, in the order of its workflow. */
const STEPS: readonly Step[] = [
  {
    name: 'plan',
    act: async (run, memory) => {
      memory.plan = await plan(run);
    },
  },
  ...[0, 1, 2].map((index) => ({
    name: `batch ${index}`,
    act: async (run: RunContext, memory: Memory) => {
      memory.results[index] = (await ingest(run, memory.plan as DayPlan, index)).result;
    },
  })),
  ...[0, 1].map((group) => ({
    name: `commit ${group}`,
    act: async (run: RunContext, memory: Memory) => {
      const results = memory.results.slice(group * GROUP_BATCHES, (group + 1) * GROUP_BATCHES);
      await commitGroup(run, memory.plan as DayPlan, group, DAY, results);
    },
  })),
];
/** A group is committed before the next one is ingested. */
const ORDER = ['plan', 'batch 0', 'batch 1', 'commit 0', 'batch 2', 'commit 1'].map(
  (name) => STEPS.find((step) => step.name === name) as Step,
);

interface Before {
  step: Step;
  /** The stores and the workflow's memory, just before the step. */
  run: Run;
  memory: Memory;
  /** Storage calls of the step when nothing happens. */
  calls: readonly Call[];
}

let befores: Before[];
let undisturbed: Record<string, string[]>;

beforeAll(async () => {
  const run = await bucketOf([DAY]);
  const memory: Memory = { results: [] };
  befores = [];
  for (const step of ORDER) {
    const before = { run: await copyOf(run), memory: structuredClone(memory) };
    const process = processOf(run);
    await step.act(process, memory);
    befores.push({ step, ...before, calls: process.calls });
  }
  undisturbed = await contentOf(run);
  expect(memory.plan?.batches).toBe(3);
  expect(Object.values(undisturbed).every((rows) => rows.length > 0 || rows === undisturbed.digest)).toBe(true);
});

/** The tables are as without the disturbance, the ledger has every object once, and nothing is left to do. */
async function expectAllRight(run: Run): Promise<void> {
  expect(await contentOf(run)).toEqual(undisturbed);
  const keys = (await rowsOf(run, 'ledger')).map(({ key }) => String(key));
  expect([keys.length, new Set(keys).size]).toEqual([5, 5]);
  expect(await plan(run)).toMatchObject({ files: 0, batches: 0 });
}

/** The step with something around it, from where it began; gives what it threw. */
async function disturbed(before: Before, around: Around): Promise<{ run: Run; memory: Memory; error: unknown }> {
  const run = await copyOf(before.run);
  const memory = structuredClone(before.memory);
  const error = await before.step.act(processOf(run, around), memory).catch((thrown: unknown) => thrown);
  return { run, memory, error };
}

/** The activity again, as Temporal does it on another worker, and then the rest of the day. */
async function goOn({ step }: Before, run: Run, memory: Memory): Promise<void> {
  for (const next of ORDER.slice(ORDER.indexOf(step))) await next.act(processOf(run), memory);
}

describe.each(ORDER.map(({ name }, index) => [name, index] as const))('%s', (_name, index) => {
  it.each(['before', 'after'] as const)('may die %s any of its storage calls, and is tried again', async (moment) => {
    const before = befores[index];
    for (const { number } of before.calls) {
      const { run, memory, error } = await disturbed(before, dyingAt(number, moment));
      // A death after the last effect may come too late to be noticed by anything but the missing answer.
      if (error !== undefined) expect(error).toBeInstanceOf(ProcessDied);
      await goOn(before, run, memory);
      await expectAllRight(run);
    }
  });

  it.each(['before', 'after'] as const)(
    'may die %s any of its storage calls with its workflow terminated, and the day is planned afresh',
    async (moment) => {
      const before = befores[index];
      for (const { number } of before.calls) {
        const { run } = await disturbed(before, dyingAt(number, moment));
        await dayAfresh(processOf(run), DAY, GROUP_BATCHES);
        await expectAllRight(run);
      }
    },
  );

  it('may be lied to about any of its writes', async () => {
    const before = befores[index];
    for (const { number, name } of before.calls) {
      if (name !== 'put' && name !== 'delete') continue;
      const { run, memory, error } = await disturbed(before, lyingAt(number));
      // What it threw is tried again; where it looked for itself the activity is simply done.
      if (error === undefined) await goOn(before, run, memory);
      else await goOn(before, run, structuredClone(before.memory));
      await expectAllRight(run);
    }
  });
});

describe('two commits at once', () => {
  /** A commit that waits to be made, of a group whose batches are ingested. */
  interface Ready {
    of: DayPlan;
    group: number;
    day: string;
    results: string[];
  }

  async function ready(run: Run, of: DayPlan, group: number, day: string): Promise<Ready> {
    const results: string[] = [];
    const end = Math.min((group + 1) * GROUP_BATCHES, of.batches);
    for (let index = group * GROUP_BATCHES; index < end; index++) results.push((await ingest(run, of, index)).result);
    return { of, group, day, results };
  }

  const make = (run: RunContext, { of, group, day, results }: Ready): Promise<unknown> =>
    commitGroup(run, of, group, day, results);

  /** At each storage call of the one the other is made, from its beginning to its end. */
  async function meetEverywhere(run: Run, one: Ready, other: Ready, days: readonly string[]): Promise<void> {
    const alone = await copyOf(run);
    const counted = processOf(alone);
    await make(counted, one);
    await make(processOf(alone), other);
    for (const day of days) await dayAfresh(processOf(alone), day, GROUP_BATCHES);
    const wanted = await contentOf(alone);
    for (const { number } of counted.calls) {
      const both = await copyOf(run);
      const meet: Around = {
        before: async (call) => {
          if (call.number === number) await make(processOf(both), other);
        },
      };
      // Tried again, as Temporal does, when it noticed that it was overtaken.
      await make(processOf(both, meet), one).catch(() => make(processOf(both), one));
      for (const day of days) await dayAfresh(processOf(both), day, GROUP_BATCHES);
      expect(await contentOf(both)).toEqual(wanted);
      for (const day of days) expect(await plan(both, day)).toMatchObject({ files: 0 });
    }
  }

  it('of two days that share an event: both come in', async () => {
    const run = await bucketOf([DAY, NEXT_DAY]);
    const one = await ready(run, await plan(run, DAY), 0, DAY);
    const other = await ready(run, await plan(run, NEXT_DAY), 0, NEXT_DAY);
    await meetEverywhere(run, one, other, [DAY, NEXT_DAY]);
  });

  it('of two groups of one plan: both come in', async () => {
    const run = await bucketOf([DAY]);
    const of = await plan(run, DAY);
    await meetEverywhere(run, await ready(run, of, 0, DAY), await ready(run, of, 1, DAY), [DAY]);
  });
});
