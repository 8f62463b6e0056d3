/** `trailmill schedule apply` and `create`: the server's schedules become what temporal.yaml and log_source.yml say. */
import { printable } from '../../text/printable.js';
import { freezeRun } from '../run/freeze-run.js';
import { ownRun, readableSource } from '../run/source.js';
import { checkSelection } from '../selection/check.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { hasWorker } from '../session/pollers.js';
import { scheduleUrl, settingsFor, withSession } from '../session/session.js';
import { noteUnregistered } from '../setup/search-attributes.js';
import { EXIT } from '../terminal/failure.js';
import { quietSignal } from '../terminal/io.js';
import { applySchedules, assertNone } from './apply.js';
import { scheduleDefinitions, targetOf, wantedSchedules } from './definition.js';
import { nextTimes } from './next-times.js';
import { renderApplied, renderDryRun } from './render.js';

/** With `--dry-run`: times of each schedule that are shown. */
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

/** As `apply`, but refuses to change schedules that exist already. */
export function create(context: CommandContext<ApplyOptions>): Promise<number> {
  return apply(context, { onlyNew: true });
}

/** `onlyNew`: schedules that exist already are a mistake. */
async function apply(context: CommandContext<ApplyOptions>, { onlyNew }: { onlyNew: boolean }): Promise<number> {
  const { io, output, options } = context;
  const settings = settingsFor(context);
  const source = await readableSource(settings);
  const remarks = await checkSelection(ownRun(settings, source), { filter: {} }, quietSignal());
  for (const remark of remarks) output.note(printable(remark));
  const { schedules } = settings;
  if (options.dryRun === true) {
    const { timeZone, jitterSeconds } = schedules;
    const shown = wantedSchedules(schedules).map(([name, { rhythm, lookBackDays }]) => {
      const next = nextTimes(rhythm, timeZone, io.now(), TIMES_SHOWN).map((at) => new Date(at).toISOString());
      return { name, rhythm, timeZone, jitterSeconds, lookBackDays, next };
    });
    output.value({ dryRun: true, schedules: shown });
    output.say(renderDryRun(shown));
    return EXIT.ok;
  }
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
        `No worker polls the task queue ${cluster.taskQueue}: runs wait until there is one (\`trailmill worker\`).`,
      );
    }
    return EXIT.ok;
  });
}
