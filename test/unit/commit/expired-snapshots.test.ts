/**
 * Any client may expire any snapshot but the current one, of any table, at any moment. A day is planned, ingested and
 * committed, and at each of its writes everything that may be expired is: with and without a death, the tables end up the
 * same, and an audit is clean.
 */
import { completeCommits } from '../../../commit/commit';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { audit, kindsOf } from '../../support/audit';
import { type Call, contentOf, copyOf, dayAgain, leftovers, ProcessDied, processOf } from '../../support/crashes';
import { bucketOf, type Memory, ORDER } from '../../support/day-steps';
import { expire } from '../../support/expiry';
import { DAY, type memoryRun, plan, records, trailFile, trailKey } from '../../support/runs';

type Run = ReturnType<typeof memoryRun>;

interface Before {
  run: Run;
  memory: Memory;
  calls: readonly Call[];
}

/** The stores and the workflow's memory just before each step. */
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
    befores.push({ ...before, calls: process.calls });
  }
  undisturbed = await contentOf(run);
});

const isOutdated = (error: unknown): boolean => (error as Error | undefined)?.name === 'PlanOutdated';

/** The rest of the day as in its workflow, which plans again if the plan is outdated. */
async function finishDay(from: number, run: Run, memory: Memory): Promise<void> {
  try {
    for (const step of ORDER.slice(from)) await step.act(processOf(run), memory);
  } catch (error) {
    if (!isOutdated(error)) throw error;
    await dayAgain(processOf(run), DAY, 'afresh');
  }
}

async function expectUndisturbed(run: Run): Promise<void> {
  const content = await contentOf(run);
  expect(content).toEqual(undisturbed);
  expect(new Set(content.ledger.map((row) => JSON.parse(row).key)).size).toBe(5);
  expect((await plan(run)).files).toBe(0);
  await expire(run);
  expect(kindsOf(await audit(run))).toEqual([]);
  // The next commit finds that the leftovers of plans are not needed.
  await run.bucket.put(trailKey('late'), trailFile(records(1, `${DAY}T20:00:00Z`)));
  await dayAgain(processOf(run), DAY, 'goes on');
  expect(await completeCommits(processOf(run), inlinePool)).toBe(0);
  expect(await leftovers(run)).toEqual([]);
  expect((await contentOf(run)).default).toHaveLength(undisturbed.default.length + 1);
}

const isWrite = ({ name }: Call): boolean => name === 'put' || name === 'delete';
const writesOf = ({ calls }: Before): number[] => calls.filter(isWrite).map(({ number }) => number);

describe.each(ORDER.map(({ name }, index) => [name, index] as const))('%s', (_name, index) => {
  const { act } = ORDER[index];

  it('produces the same tables when everything is expired just before one of its writes', async () => {
    const before = befores[index];
    for (const number of writesOf(before)) {
      const run = await copyOf(before.run);
      const memory = structuredClone(before.memory);
      const process = processOf(run, {
        before: async (call) => {
          if (call.number === number) await expire(run);
        },
      });
      const error = await act(process, memory).catch((thrown: unknown) => thrown);
      if (error === undefined) await finishDay(index + 1, run, memory);
      else if (isOutdated(error)) await dayAgain(processOf(run), DAY, 'afresh');
      else throw error;
      await expectUndisturbed(run);
    }
  });

  it.each(['is tried again', 'goes on', 'afresh'] as const)(
    'produces the same tables when it also dies there: the day %s',
    async (how) => {
      const before = befores[index];
      for (const number of writesOf(before)) {
        const run = await copyOf(before.run);
        let isDead = false;
        const process = processOf(run, {
          before: (call) => {
            isDead ||= call.number === number;
            if (isDead) throw new ProcessDied('the process died');
          },
        });
        await act(process, structuredClone(before.memory)).catch(() => {});
        await expire(run);
        if (how === 'is tried again') await finishDay(index, run, structuredClone(before.memory));
        else await dayAgain(processOf(run), DAY, how);
        await expectUndisturbed(run);
      }
    },
  );
});

it('a day produces the same tables when everything is expired after each of its writes', async () => {
  const run = await copyOf(befores[0].run);
  const process = processOf(run, {
    after: async (call) => {
      if (isWrite(call)) await expire(run);
    },
  });
  await dayAgain(process, DAY, 'afresh');
  await expectUndisturbed(run);
});

it('a worker that stops at a write is overtaken there, and continues when the other is no longer known', async () => {
  for (const index of [3, 5]) {
    const before = befores[index];
    for (const number of writesOf(before)) {
      const run = await copyOf(before.run);
      const memory = structuredClone(before.memory);
      let others = 0;
      const process = processOf(run, {
        before: async (call) => {
          if (call.number !== number) return;
          others++;
          await completeCommits(processOf(run), inlinePool);
          await dayAgain(processOf(run), DAY, number % 2 === 0 ? 'goes on' : 'afresh');
          await run.bucket.put(
            trailKey('other', { day: '2024-03-06' }),
            trailFile(records(1, '2024-03-06T20:00:00Z', { eventID: undefined })),
          );
          await dayAgain(processOf(run), '2024-03-06', 'afresh');
          await expire(run);
        },
      });
      const error = await ORDER[index].act(process, memory).catch((thrown: unknown) => thrown);
      if (error !== undefined && !isOutdated(error)) throw error;
      const content = await contentOf(run);
      expect([content.default.length, content.rejects, content.insights]).toEqual([
        undisturbed.default.length + others,
        undisturbed.rejects,
        undisturbed.insights,
      ]);
      expect(kindsOf(await audit(run))).toEqual([]);
      expect((await plan(run)).files).toBe(0);
    }
  }
});
