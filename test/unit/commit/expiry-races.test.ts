/**
 * Workers on the same days that do not know about each other, deaths, and a client that expires snapshots, in any order of
 * their storage calls: each object is in the ledger once, and each record in the tables once.
 */
import * as fc from 'fast-check';
import { completeCommits } from '../../../commit/commit';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { audit, kindsOf } from '../../support/audit';
import { type Around, contentOf, copyOf, dayAgain, ProcessDied, processOf } from '../../support/crashes';
import { expire, ofEarlierVersion } from '../../support/expiry';
import { DAY, memoryRun, records, trailFile, trailKey } from '../../support/runs';

type Run = ReturnType<typeof memoryRun>;

const RUNS = 40;
const NEXT_DAY = '2024-03-06';

/** One day of three batches in two groups: events, some of them twice and some without an id, and a reject. Another day of one batch. */
async function bucketOfDays(): Promise<Run> {
  const run = memoryRun({ batchFiles: 1, groupBatches: 2 });
  await run.bucket.put(trailKey('a'), trailFile([...records(2), 7]));
  await run.bucket.put(
    trailKey('b'),
    trailFile([...records(1), ...records(1, `${DAY}T13:00:00Z`, { eventID: undefined })]),
  );
  await run.bucket.put(trailKey('c'), trailFile(records(2, '2024-02-20T01:00:00Z', { eventID: undefined })));
  const next = [...records(1, `${NEXT_DAY}T01:00:00Z`, { eventID: undefined }), 7];
  await run.bucket.put(trailKey('d', { day: NEXT_DAY }), trailFile(next));
  return run;
}

/** A worker over one or both days, from its start to its end or its death. */
interface Worker {
  days: readonly string[];
  how: 'goes on' | 'afresh';
  /** Whether it begins like a run, with the leftovers of others. */
  completes: boolean;
  /** The storage call that it dies at; beyond its last one, it lives. */
  diesAt: number;
}

const worker = fc.record<Worker>({
  days: fc.constantFrom([DAY], [NEXT_DAY], [DAY, NEXT_DAY], [NEXT_DAY, DAY]),
  how: fc.constantFrom('goes on', 'afresh'),
  completes: fc.boolean(),
  diesAt: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant(1_000)),
});

/** The client that expires snapshots: how often, and which of them. */
const EXPIRIES: Readonly<Record<string, Parameters<typeof expire>[1]>> = {
  all: () => true,
  'of the ledger': (_, role) => role === 'ledger',
  'of the data tables': (_, role) => role !== 'ledger',
  'every other one': ({ 'sequence-number': number }) => number % 2n === 0n,
  'all but the oldest': ({ 'sequence-number': number }) => number > 1n,
};
const expiries = fc.array(fc.constantFrom(...Object.keys(EXPIRIES)), { maxLength: 6 });

/** Lets waiting calls continue one at a time, chosen by numbers, whenever nothing else can be done. */
async function inTurns(choices: fc.Stream<number>, acts: readonly ((turn: () => Promise<void>) => Promise<void>)[]) {
  const waiting: (() => void)[] = [];
  const turn = (): Promise<void> => new Promise((resolve) => void waiting.push(resolve));
  let left = acts.length;
  const all = acts.map((act) => act(turn).finally(() => left--));
  for (const choice of choices) {
    for (let idle = 0; idle < 3; idle++) await new Promise(setImmediate);
    if (left === 0) break;
    waiting.splice(choice % Math.max(1, waiting.length), 1)[0]?.();
  }
  await Promise.all(all);
}

async function work(
  run: Run,
  { days, how, completes, diesAt }: Worker,
  turn: () => Promise<void>,
  of = (one: Run) => one,
) {
  let isDead = false;
  const around: Around = {
    before: async (call) => {
      if (!isDead) await turn();
      isDead ||= call.number >= diesAt;
      if (isDead) throw new ProcessDied('the process died');
    },
  };
  const process = of(processOf(run, around));
  try {
    if (completes) await completeCommits(process, inlinePool);
    for (const day of days) await dayAgain(process, day, how);
  } catch (error) {
    // What a dead process does with its missing answers does not matter. After the other error, a workflow plans again.
    if (!isDead && (error as Error).name !== 'PlanOutdated') throw error;
  }
}

let filled: Run;
let undisturbed: Record<string, string[]>;

beforeAll(async () => {
  filled = await bucketOfDays();
  const run = await copyOf(filled);
  for (const day of [DAY, NEXT_DAY]) await dayAgain(run, day, 'afresh');
  undisturbed = await contentOf(run);
  expect([undisturbed.ledger.length, undisturbed.default.length, undisturbed.rejects.length]).toEqual([4, 6, 2]);
});

/** The next run over the day finishes it, and the tables have everything once. */
async function expectOnce(run: Run): Promise<void> {
  await completeCommits(processOf(run), inlinePool);
  for (const day of [NEXT_DAY, DAY]) await dayAgain(processOf(run), day, 'goes on');
  expect(await contentOf(run)).toEqual(undisturbed);
  await expire(run);
  for (const day of [DAY, NEXT_DAY]) expect(kindsOf(await audit(run, { day }))).toEqual([]);
}

const choices = fc.infiniteStream(fc.nat(1_000));

it('two workers, deaths and expiries in any order leave each object and each event once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(worker, { minLength: 2, maxLength: 2 }),
      expiries,
      choices,
      async (workers, kinds, of) => {
        const run = await copyOf(filled);
        await inTurns(of, [
          ...workers.map((one) => (turn: () => Promise<void>) => work(run, one, turn)),
          async (turn) => {
            for (const kind of kinds) {
              for (let pause = 0; pause < 20; pause++) await turn();
              await expire(run, EXPIRIES[kind]).catch((error: Error) => {
                if (error.name !== 'CommitConflict') throw error;
              });
            }
          },
        ]);
        await expectOnce(run);
      },
    ),
    { numRuns: RUNS },
  );
});

it('a worker of this version and one of the previous version, in any order, leave each object and each event once', async () => {
  await fc.assert(
    fc.asyncProperty(worker, worker, choices, async (mine, theirs, of) => {
      const run = await copyOf(filled);
      await inTurns(of, [(turn) => work(run, mine, turn), (turn) => work(run, theirs, turn, ofEarlierVersion)]);
      await expectOnce(run);
    }),
    { numRuns: RUNS },
  );
});
