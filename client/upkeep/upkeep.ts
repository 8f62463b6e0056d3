/** `trailmill upkeep`: retention, compaction, expiry and removal of unused files, as a workflow. */
import type { Settings, SourceSettings } from '../../config/settings.js';
import { upkeepId } from '../../protocol/ids.js';
import { priorityOf } from '../../protocol/priority.js';
import {
  UPKEEP_STATUS,
  type UpkeepInput,
  type UpkeepRequest,
  type UpkeepResult,
  type UpkeepStatus,
} from '../../protocol/upkeep-messages.js';
import { identifierOf, runConfigOf } from '../../run/config.js';
import { noLedger } from '../../run/context.js';
import { counted } from '../../text/numbers.js';
import { aboutUpkeep } from '../../workflows/ui/upkeep-details.js';
import { parseDayRange, understoodDays } from '../options/days.js';
import { configuredSource, openRun } from '../run/source.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { followWork } from '../session/follow-workflow.js';
import { settingsFor } from '../session/settings.js';
import type { SourceWork } from '../session/start-workflow.js';
import { EXIT } from '../terminal/failure.js';
import { renderUpkeep } from './render.js';

interface UpkeepOptions extends GlobalOptions {
  from?: string;
  to?: string;
  dryRun?: boolean;
  watch?: boolean;
}

/** Runs upkeep on the server, and prints what was done. */
export async function run(context: CommandContext<UpkeepOptions>): Promise<number> {
  const { io, output, options } = context;
  const range = parseDayRange(options.from, options.to, io.now());
  const understood = understoodDays(options, range);
  if (understood !== undefined) output.note(understood);
  const settings = settingsFor(context);
  const source = configuredSource(settings);
  await assertTables(settings, source);
  const request: UpkeepRequest = { ...range, ...(options.dryRun === true ? { dryRun: true } : {}) };
  const result = await upkeepOnServer(context, settings, source, request);
  if (result === undefined) return EXIT.ok;
  output.value(options.watch === true ? { type: 'report', ...result } : result);
  output.say(renderUpkeep(result, output.width));
  return EXIT.ok;
}

/** Throws if there are no tables: the location is probably wrong. */
async function assertTables(settings: Settings, source: SourceSettings): Promise<void> {
  const run = openRun(settings, source);
  if ((await run.catalog.loadTable(identifierOf(run.config, 'ledger'))) === undefined) throw noLedger(run);
}

function upkeepOnServer(
  context: CommandContext<UpkeepOptions>,
  settings: Settings,
  source: SourceSettings,
  request: UpkeepRequest,
): Promise<UpkeepResult | undefined> {
  const { output, options } = context;
  let shown = '';
  const onStatus = (status: UpkeepStatus): void => {
    if (options.watch !== true) return;
    const { tables, done, daysLeft } = status;
    const current = done.at(-1)?.table ?? '';
    const line = `${done.length} of ${counted(tables, 'table')}: ${current}${daysLeft === 0 ? '' : `, ${counted(daysLeft, 'day')} left to compact`}`;
    if (line === shown || done.length === 0) return;
    shown = line;
    if (output.json) output.value({ type: 'progress', ...status });
    else output.note(line);
  };
  const work = upkeepWork(settings, source, request);
  return followWork<UpkeepInput, UpkeepStatus, UpkeepResult>(
    context,
    settings,
    runConfigOf(settings, source),
    source.warehouse,
    { ...work, name: 'upkeep', query: UPKEEP_STATUS, onStatus, onEnd: () => {} },
  );
}

/** Returns the workflow to start: one for each source, which goes last where workers are busy. */
export function upkeepWork(
  settings: Settings,
  source: SourceSettings,
  request: UpkeepRequest,
): SourceWork<UpkeepInput> {
  const workflowId = upkeepId(source.name, request);
  return {
    type: 'upkeep',
    workflowId,
    inputOf: (config, visibility) => ({ ...request, source: source.name, config, retry: settings.retry, visibility }),
    summary: request.dryRun === true ? 'Upkeep of the tables, dry run' : 'Upkeep of the tables',
    detailsOf: (_location, warehouse) => aboutUpkeep(warehouse, request.dryRun === true),
    memo: { ...request },
    priority: priorityOf('upkeep', workflowId),
  };
}
