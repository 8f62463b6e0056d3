/** A small day in steps: the activities of its workflow one after another, for tests that disturb each of them. */
import { allTables } from '../../cloudtrail/tables';
import type { DayPlan } from '../../protocol/messages';
import type { RunContext } from '../../run/context';
import { commitGroup, DAY, ingest, memoryRun, plan, records, trailFile, trailKey } from './runs';

export const GROUP_BATCHES = 2;

type Run = ReturnType<typeof memoryRun>;

/** Five files a day in batches of two, each file a chunk: groups of two batches and of one. Rows for each table, some twice. */
export async function bucketOf(days: readonly string[]): Promise<Run> {
  const cut = { batchFiles: 2, chunkBytes: 1, groupBatches: GROUP_BATCHES, concurrentReads: 2 };
  const run = memoryRun(cut, allTables('aws_cloudtrail'));
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
export interface Memory {
  plan?: DayPlan;
  results: string[];
}

export interface Step {
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
      await commitGroup(run, memory.plan as DayPlan, results, { group });
    },
  })),
];
/** A group is committed before the next one is ingested. */
export const ORDER = ['plan', 'batch 0', 'batch 1', 'commit 0', 'batch 2', 'commit 1'].map(
  (name) => STEPS.find((step) => step.name === name) as Step,
);
