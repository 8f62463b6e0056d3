/**
 * Every point at which a process can end: a day is planned, ingested and committed, and at each of its storage calls, one
 * after the other, the process dies, gets a wrong answer or is overtaken. Whichever process continues must produce the same
 * tables.
 */

import { completeCommits } from '../../../commit/commit';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import type { DayPlan } from '../../../protocol/messages';
import type { RunContext } from '../../../run/context';
import {
  type Around,
  type Call,
  contentOf,
  copyOf,
  dayAgain,
  dyingAt,
  leftovers,
  lyingAt,
  ProcessDied,
  processOf,
} from '../../support/crashes';
import { bucketOf, GROUP_BATCHES, type Memory, ORDER, type Step } from '../../support/day-steps';
import { commitGroup, DAY, ingest, type memoryRun, plan } from '../../support/runs';

const NEXT_DAY = '2024-03-06';

type Run = ReturnType<typeof memoryRun>;

interface Before {
  step: Step;
  /** The stores and the workflow's memory, just before the step. */
  run: Run;
  memory: Memory;
  /** Storage calls of the undisturbed step. */
  calls: readonly Call[];
  /** The contents of the tables once the step's group is committed, and the number of files that are left then. */
  committed: Record<string, string[]>;
  left: number;
}

let befores: Before[];
/** The contents of the tables when the day is done. */
let undisturbed: Record<string, string[]>;

beforeAll(async () => {
  const run = await bucketOf([DAY]);
  const memory: Memory = { results: [] };
  befores = [];
  for (const step of ORDER) {
    const before = { run: await copyOf(run), memory: structuredClone(memory) };
    const process = processOf(run);
    await step.act(process, memory);
    befores.push({ step, ...before, calls: process.calls, committed: {}, left: 0 });
    if (!step.name.startsWith('commit')) continue;
    const after = { committed: await contentOf(run), left: (await plan(await copyOf(run))).files };
    for (const waiting of befores) if (waiting.left === 0 && !waiting.committed.ledger) Object.assign(waiting, after);
  }
  undisturbed = await contentOf(run);
  expect(memory.plan?.batches).toBe(3);
  expect(befores.map(({ left }) => left)).toEqual([1, 1, 1, 1, 0, 0]);
  for (const role of ['default', 'insights', 'rejects', 'ledger']) expect(undisturbed[role]).not.toEqual([]);
});

/** The tables are the same as without the disturbance, the ledger has every object once, and nothing more is left to do. */
async function expectUndisturbed(run: Run, wanted: Record<string, string[]>, left: number): Promise<void> {
  const content = await contentOf(run);
  expect(content).toEqual(wanted);
  const keys = content.ledger.map((row) => (JSON.parse(row) as { key: string }).key);
  expect([keys.length, new Set(keys).size]).toEqual([5 - left, 5 - left]);
  expect((await plan(run)).files).toBe(left);
}

/** Runs the step again from its start, with something around it; returns what it threw. */
async function disturbed(before: Before, around: Around): Promise<{ run: Run; memory: Memory; error: unknown }> {
  const run = await copyOf(before.run);
  const memory = structuredClone(before.memory);
  const error = await before.step.act(processOf(run, around), memory).catch((thrown: unknown) => thrown);
  return { run, memory, error };
}

/** From this step on to the commit of its group. */
async function goOn(from: number, run: Run, memory: Memory): Promise<void> {
  for (const step of ORDER.slice(from)) {
    await step.act(processOf(run), memory);
    if (step.name.startsWith('commit')) return;
  }
}

/**
 * Before every write, and after the last one: these are all states that a death can leave, because a read changes nothing. A
 * death after a write leaves the same as one before the next write.
 */
function deathsOf({ calls }: Before): Around[] {
  const writes = calls.filter(({ name }) => name === 'put' || name === 'delete').map(({ number }) => number);
  return [...writes.map((number) => dyingAt(number, 'before')), dyingAt(writes[writes.length - 1], 'after')];
}

describe.each(ORDER.map(({ name }, index) => [name, index] as const))('%s', (_name, index) => {
  it('may die between any two of its storage calls, and is retried', async () => {
    const before = befores[index];
    for (const death of deathsOf(before)) {
      const { run, error } = await disturbed(before, death);
      // Some errors are swallowed, such as those of the version hint: then the next call notices it.
      if (error !== undefined) expect(error).toBeInstanceOf(ProcessDied);
      await goOn(index, run, structuredClone(before.memory));
      await expectUndisturbed(run, before.committed, before.left);
    }
  });

  it.each(['goes on', 'afresh'] as const)('may die there with its workflow terminated: the day %s', async (how) => {
    const before = befores[index];
    for (const death of deathsOf(before)) {
      const { run } = await disturbed(before, death);
      await dayAgain(processOf(run), DAY, how);
      // The next run begins with this, and removes the leftovers of all of them.
      expect(await completeCommits(processOf(run), inlinePool)).toBe(0);
      expect(await leftovers(run)).toEqual([]);
      await expectUndisturbed(run, undisturbed, 0);
    }
  });

  it('may get a wrong answer for any of its writes', async () => {
    const before = befores[index];
    for (const { number, name } of before.calls) {
      if (name !== 'put' && name !== 'delete') continue;
      const { run, memory, error } = await disturbed(before, lyingAt(number));
      // If it threw, it is retried; if it checked the write itself, the activity is done.
      const done = error === undefined;
      const last = before.step.name.startsWith('commit');
      if (!(done && last)) await goOn(done ? index + 1 : index, run, done ? memory : structuredClone(before.memory));
      await expectUndisturbed(run, before.committed, before.left);
    }
  });
});

describe('two commits at once', () => {
  /** A commit to be made, of a group whose batches are ingested. */
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
    commitGroup(run, of, results, { group, day });

  /** At each storage call of one commit, the whole other commit is made. */
  async function meetEverywhere(run: Run, one: Ready, other: Ready): Promise<void> {
    const alone = await copyOf(run);
    const counted = processOf(alone);
    await make(counted, one);
    await make(processOf(alone), other);
    const wanted = await contentOf(alone);
    for (const { number } of counted.calls) {
      const both = await copyOf(run);
      const meet: Around = {
        before: async (call) => {
          if (call.number === number) await make(processOf(both), other);
        },
      };
      // Retried, as by Temporal, if it noticed that it was overtaken.
      await make(processOf(both, meet), one).catch(() => make(processOf(both), one));
      expect(await contentOf(both)).toEqual(wanted);
    }
  }

  it('of two days that share an event: both succeed', async () => {
    const run = await bucketOf([DAY, NEXT_DAY]);
    const one = await ready(run, await plan(run, DAY), 0, DAY);
    const other = await ready(run, await plan(run, NEXT_DAY), 0, NEXT_DAY);
    await meetEverywhere(run, one, other);
  });

  it('of two groups of one plan: both succeed', async () => {
    const run = await bucketOf([DAY]);
    const of = await plan(run, DAY);
    await meetEverywhere(run, await ready(run, of, 0, DAY), await ready(run, of, 1, DAY));
  });
});
