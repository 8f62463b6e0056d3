/**
 * Tables of years of hourly runs: the cost of their upkeep, and the cost of a run, compared with the same run without any
 * tables.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TableRole } from '../../../cloudtrail/tables.js';
import { DAY_MS } from '../../../protocol/days.js';
import { writeSample } from '../../../sample/index.js';
import { inNewProcess, type StepCost } from './child.js';
import { inflate, PER_RUN } from './inflate.js';
import { ingestDays, openProject } from './project.js';
import { statesOf, type TableState, tablesOf } from './state.js';
import { Traffic } from './traffic.js';

/** What is measured. */
export interface YearsMeasured {
  days: number;
  /** Files of a run, as a share of {@link PER_RUN}. */
  share: number;
  /** Before upkeep, after it, and after another one eight days later, when the snapshots from before are gone. */
  before: TableState[];
  after: TableState[];
  later: TableState[];
  /** A run over new files before upkeep; then the medians of runs after it, and of the same runs on an empty warehouse. */
  runBefore: StepCost;
  runAfter: StepCost;
  runEmpty: StepCost;
  /** Of the medians of CPU and wall time. */
  cpuRatio: number;
  wallRatio: number;
  upkeep: StepCost;
  laterUpkeep: StepCost;
}

/** Files of a measured run, and events of each. */
const NEW_FILES = 200;
const EVENTS_A_FILE = 50;
const ROUNDS = 3;

/** Inflates the tables of a directory to `days` days of hourly runs, each with a share of the usual files, and measures. */
export async function measureYears(
  directory: string,
  { days, share }: { days: number; share: number },
  log: (line: string) => void,
): Promise<YearsMeasured> {
  const end = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  await seed(directory, end - days * DAY_MS);
  for (const [role, table] of await tablesOf(openProject(directory))) {
    const perRun = PER_RUN[role as TableRole];
    if (perRun === undefined) continue;
    const files = await inflate(
      openProject(directory),
      table,
      { ...perRun, files: perRun.files * share },
      { days, end },
    );
    log(`${table.identifier.name}: ${files} files`);
  }
  const before = await statesOf(openProject(directory));
  const size = { runsADay: NEW_FILES, eventsAFile: EVENTS_A_FILE, lateEvery: Infinity, repeatEvery: Infinity };
  const traffic = await Traffic.create(join(directory, 'bucket'), end, size);
  const empty = join(directory, 'empty');
  const other = await Traffic.create(join(empty, 'bucket'), end, size);
  /** A run over the new files of the next day: with these tables, and without any. */
  const round = async (number: number): Promise<[StepCost, StepCost]> => {
    const [found, same] = [new Set<string>(), new Set<string>()];
    for (let file = number * NEW_FILES; file < (number + 1) * NEW_FILES; file++) {
      for (const day of traffic.deliver(file).days) found.add(day);
      for (const day of other.deliver(file).days) same.add(day);
    }
    rmSync(join(empty, 'warehouse'), { recursive: true, force: true });
    const costs: [StepCost, StepCost] = [
      await inNewProcess({ what: 'ingest', directory, days: [...found] }),
      await inNewProcess({ what: 'ingest', directory: empty, days: [...same] }),
    ];
    rmSync(join(empty, 'bucket'), { recursive: true, force: true });
    for (const { events } of costs)
      if (events !== NEW_FILES * EVENTS_A_FILE) throw new Error(`${events} events in ${NEW_FILES} files`);
    log(costs.map((one) => `${one.cpuSeconds.toFixed(1)} CPU s, ${one.peakMegabytes.toFixed(0)} MB`).join('; empty: '));
    return costs;
  };
  const [runBefore] = await round(0);
  const upkeep = await inNewProcess({ what: 'upkeep', directory, now: Date.now() });
  log(`upkeep: ${upkeep.cpuSeconds.toFixed(1)} CPU s, ${upkeep.peakMegabytes.toFixed(0)} MB`);
  const after = await statesOf(openProject(directory));
  const rounds: [StepCost, StepCost][] = [];
  for (let number = 1; number <= ROUNDS; number++) rounds.push(await round(number));
  const [runAfter, runEmpty] = [medians(rounds.map(([one]) => one)), medians(rounds.map(([, one]) => one))];
  const laterUpkeep = await inNewProcess({ what: 'upkeep', directory, now: Date.now() + 8 * DAY_MS });
  return {
    days,
    share,
    before,
    after,
    later: await statesOf(openProject(directory)),
    runBefore,
    runAfter,
    runEmpty,
    cpuRatio: runAfter.cpuSeconds / runEmpty.cpuSeconds,
    wallRatio: runAfter.seconds / runEmpty.seconds,
    upkeep,
    laterUpkeep,
  };
}

/** Ingests a small sample: data files of all tables to link to. The tables are as old as `start`. */
async function seed(directory: string, start: number): Promise<void> {
  const realNow = Date.now;
  Date.now = () => start;
  try {
    const run = openProject(directory);
    const { days } = await writeSample(run.bucket, { days: 1, accounts: 1, regions: 1, eventsPerHour: 60 });
    const small = { ...run, config: { ...run.config, ingest: { ...run.config.ingest, batchFiles: 3 } } };
    const places = new Set(Object.keys(days).map((place) => place.split('/')[2]));
    await ingestDays(small, [...places].sort());
  } finally {
    Date.now = realNow;
  }
}

function medians(costs: readonly StepCost[]): StepCost {
  const of = (pick: (cost: StepCost) => number): number =>
    costs.map(pick).sort((one, two) => one - two)[costs.length >> 1];
  return {
    cpuSeconds: of((cost) => cost.cpuSeconds),
    seconds: of((cost) => cost.seconds),
    peakMegabytes: of((cost) => cost.peakMegabytes),
  };
}
