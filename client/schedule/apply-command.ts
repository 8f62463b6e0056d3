/** `trailmill schedule apply` and `create`: update the server's schedules to match temporal.yaml and log_source.yml. */
import type { IntegritySettings, SchedulesSettings, Settings, SourceSettings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { printable } from '../../text/printable.js';
import { freezeRun } from '../run/freeze-run.js';
import { openRun, readableSource } from '../run/source.js';
import { checkSelection } from '../selection/check.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { hasWorker } from '../session/pollers.js';
import { scheduleUrl, withSession } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { noteUnregistered } from '../setup/search-attributes.js';
import { EXIT, isServerGone } from '../terminal/failure.js';
import { neverAborted } from '../terminal/io.js';
import { applySchedules, assertNone } from './apply.js';
import { type PlannedChange, plannedChanges } from './compare.js';
import { scheduleDefinitions, targetOf, wantedSchedules } from './definition.js';
import { nextTimes } from './next-times.js';
import { renderApplied, renderDryRun } from './render.js';

/** Number of times that `--dry-run` shows per schedule. */
const TIMES_SHOWN = 10;

interface ApplyOptions extends GlobalOptions {
  dryRun?: boolean;
  location?: string;
  keyPrefix?: string;
  warehouse?: string;
}

/** Creates, updates and deletes schedules. */
export function run(context: CommandContext<ApplyOptions>): Promise<number> {
  return apply(context, { onlyNew: false });
}

/** Like `apply`, but fails if a schedule already exists. */
export function create(context: CommandContext<ApplyOptions>): Promise<number> {
  return apply(context, { onlyNew: true });
}

/** `onlyNew`: fail if a schedule already exists. */
async function apply(context: CommandContext<ApplyOptions>, { onlyNew }: { onlyNew: boolean }): Promise<number> {
  const { io, output, options } = context;
  const settings = settingsFor(context);
  const source = await readableSource(settings);
  const remarks = await checkSelection(openRun(settings, source), { filter: {} }, neverAborted());
  const { schedules } = settings;
  const tooShort = lookBackRemark(schedules, source.integrity);
  if (tooShort !== undefined) remarks.push(tooShort);
  for (const remark of remarks) output.note(printable(remark));
  if (options.dryRun === true) return dryRun(context, settings, source);
  return withSession(settings, async ({ client, cluster }) => {
    if (onlyNew) await assertNone(client, source.name);
    await freezeRun(settings, source);
    const target = await targetOf(cluster);
    const definitions = scheduleDefinitions(settings, source, target);
    const applied = (await applySchedules(client, source.name, definitions)).map((one) => ({
      ...one,
      ui: scheduleUrl(cluster, one.id),
    }));
    const worker = await hasWorker(cluster, io.now());
    output.value({ schedules: applied, worker });
    output.say(renderApplied(applied));
    noteUnregistered(output, cluster.namespace, target.visibility);
    if (!worker) {
      output.note(
        `No worker polls the task queue ${cluster.taskQueue}: runs wait until one does (\`trailmill worker\`).`,
      );
    }
    return EXIT.ok;
  });
}

/** Shows what would change on the server, and when the schedules would run. Without a server it shows only the times. */
async function dryRun(
  { io, output }: CommandContext<ApplyOptions>,
  settings: Settings,
  source: SourceSettings,
): Promise<number> {
  const { timeZone, jitterSeconds } = settings.schedules;
  const schedules = wantedSchedules(settings.schedules).map(([name, { rhythm, lookBackDays }]) => {
    const next = nextTimes(rhythm, timeZone, io.now(), TIMES_SHOWN).map((at) => new Date(at).toISOString());
    return { name, rhythm, timeZone, jitterSeconds, lookBackDays, next };
  });
  let changes: PlannedChange[] | null = null;
  try {
    changes = await withSession(settings, async ({ client, cluster }) => {
      const definitions = scheduleDefinitions(settings, source, await targetOf(cluster));
      return plannedChanges(client, source.name, definitions);
    });
  } catch (error) {
    // Connecting fails with a `UserMistake` that says why.
    if (!(error instanceof UserMistake) && !isServerGone(error)) throw error;
    output.note(`The schedules on the server cannot be compared: ${printable(error.message)}`);
  }
  output.value({ dryRun: true, changes, schedules });
  output.say(renderDryRun(schedules, changes ?? []));
  return EXIT.ok;
}

/** Days between two runs of the deep schedule. */
const WEEK = 7;

/** A warning if no scheduled run would look at files again that are held back as long as allowed. */
export function lookBackRemark(
  { recent, deep }: Pick<SchedulesSettings, 'recent' | 'deep'>,
  { mode, holdHours }: Pick<IntegritySettings, 'mode' | 'holdHours'>,
): string | undefined {
  const needed = Math.ceil(holdHours / 24) + 1;
  const days = Math.max(recent.lookBackDays, deep === undefined ? 0 : deep.lookBackDays - WEEK + 1);
  if (mode !== 'required' || days >= needed) return undefined;
  return `Log files are held back for up to ${holdHours} hours (integrity.hold_hours), but scheduled runs look back less far, so files whose digest arrives late may be missed. Set schedule.look_back_days in temporal.yaml to ${needed} or more.`;
}
