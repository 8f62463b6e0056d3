/**
 * Many commits over several days, with late files and repeated events, and upkeep afterwards: measures what remains, and
 * checks that the rows are the same.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RowSum } from '../../../compact/row-hash.js';
import type { DecoderPool } from '../../../ingest/threads/decoder-pool.js';
import { inlinePool } from '../../../ingest/threads/inline-pool.js';
import { addDays, DAY_MS, dayAt } from '../../../protocol/days.js';
import { addTotals, NO_TOTALS } from '../../../protocol/totals.js';
import { identifierOf } from '../../../run/config.js';
import type { RunContext } from '../../../run/context.js';
import { WORK_AREA } from '../../../run/work-keys.js';
import { FIRST_DAY } from '../../../sample/index.js';
import {
  auditDays,
  cpuSeconds,
  ingestDays,
  openProject,
  runUpkeep,
  type UpkeepTools,
  upkeepContext,
} from './project.js';
import { rowSumsOf, statesOf, storedBelow, type TableState } from './state.js';
import { BUSY, Traffic, type TrafficSize } from './traffic.js';

/** What is measured. */
export interface CommitsMeasured {
  runs: number;
  commits: number;
  events: number;
  repeats: number;
  /** CPU seconds of all runs; milliseconds of a run among the first and the last tenth. */
  ingestCpu: number;
  firstRunsMs: number;
  lastRunsMs: number;
  before: TableState[];
  /** After an upkeep at the end of the last day, when snapshots of the last week and young files are kept. */
  after: TableState[];
  /** After one more upkeep, when everything old may be removed. */
  later: TableState[];
  upkeepCpu: { compact: number; tidy: number }[];
  workArea: { before: Stored; after: Stored; later: Stored };
  rowSums: Record<string, RowSum>;
  sameRows: boolean;
  /** Differences that audits of all days have found: before, after, later, and after more runs. */
  differences: number[];
  /** Rows that runs after upkeep have added, beyond the events that were new. */
  tooManyRows: number;
}

interface Stored {
  objects: number;
  bytes: number;
}

/** Runs `days` days of traffic and upkeep in a directory. Meanwhile, the clock of the process shows the time of the traffic. */
export async function measureCommits(
  directory: string,
  {
    days,
    size = BUSY,
    pool = inlinePool,
    tools,
  }: { days: number; size?: TrafficSize; pool?: DecoderPool; tools: UpkeepTools },
  log: (line: string) => void = () => {},
): Promise<CommitsMeasured> {
  const realNow = Date.now;
  const run = openProject(directory);
  const traffic = await Traffic.create(join(directory, 'bucket'), Date.parse(`${FIRST_DAY}T00:00:00Z`), size);
  const runs = days * size.runsADay;
  const clock = { now: traffic.timeOf(0) };
  Date.now = () => clock.now;
  try {
    let expected = { events: 0, repeats: 0 };
    let totals = NO_TOTALS;
    const costs: number[] = [];
    const ingest = async (index: number): Promise<void> => {
      const delivery = traffic.deliver(index);
      clock.now = traffic.timeOf(index);
      expected = { events: expected.events + delivery.events, repeats: expected.repeats + delivery.repeats };
      const started = cpuSeconds();
      totals = addTotals(totals, await ingestDays(run, delivery.days, pool));
      costs.push(cpuSeconds() - started);
      if (index % 100 === 99) log(`${index + 1} of ${runs} runs: ${Math.round(mean(costs.slice(-100)) * 1e3)} ms each`);
    };
    for (let index = 0; index < runs; index++) await ingest(index);
    const commits = await commitsOf(run);
    const allDays = Array.from({ length: days + 8 }, (_, at) => addDays(FIRST_DAY, at - 7));
    const look = async () => ({
      states: await statesOf(run),
      sums: await rowSumsOf(run),
      workArea: await storedBelow(run, `${WORK_AREA}/`),
      differences: (await auditDays(run, allDays)).count,
    });
    log('before upkeep …');
    const before = await look();
    const first = await runUpkeep(upkeepContext(run, { ...tools, pool, now: () => clock.now }));
    log(`upkeep: ${JSON.stringify(first.cpu)}`);
    const after = await look();
    // The file system determines the age of files, so the clock has to continue from its time.
    const afterwards = Math.max(realNow(), clock.now) + 10 * DAY_MS;
    const second = await runUpkeep(upkeepContext(run, { ...tools, pool, now: () => afterwards }));
    const later = await look();
    const rowsBefore = totals.events;
    const expectedBefore = expected.events;
    log('more runs …');
    for (let index = runs; index < runs + size.runsADay; index++) await ingest(index);
    const again = await ingestDays(run, allDays, pool);
    const more = await auditDays(run, [...allDays, dayAt(clock.now)]);
    const upkeepCpu = [first.cpu, second.cpu];
    const tenth = Math.ceil(runs / 10);
    return {
      runs,
      commits,
      events: rowsBefore,
      repeats: expected.repeats,
      ingestCpu: costs.slice(0, runs).reduce((sum, cost) => sum + cost, 0),
      firstRunsMs: mean(costs.slice(0, tenth)) * 1e3,
      lastRunsMs: mean(costs.slice(runs - tenth, runs)) * 1e3,
      before: before.states,
      after: after.states,
      later: later.states,
      upkeepCpu,
      workArea: { before: before.workArea, after: after.workArea, later: later.workArea },
      rowSums: later.sums,
      sameRows: isDeepStrictEqual(before.sums, after.sums) && isDeepStrictEqual(before.sums, later.sums),
      differences: [before.differences, after.differences, later.differences, more.count],
      tooManyRows: totals.events - rowsBefore + again.events - (expected.events - expectedBefore),
    };
  } finally {
    Date.now = realNow;
  }
}

/** Commits of ledger rows. */
async function commitsOf({ catalog, config }: RunContext): Promise<number> {
  const ledger = await catalog.loadTable(identifierOf(config, 'ledger'));
  return (ledger?.metadata.snapshots ?? []).filter(({ summary }) => Number(summary['added-records'] ?? 0) > 0).length;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
