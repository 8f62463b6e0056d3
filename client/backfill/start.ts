/** `trailmill backfill start`: checks what can be checked at once, then hands the range to a workflow. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Settings, SourceSettings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { countDays } from '../../protocol/days.js';
import { backfillId } from '../../protocol/ids.js';
import type { BackfillInput, SourceFilter } from '../../protocol/messages.js';
import { priorityOf } from '../../protocol/priority.js';
import { attributesOf } from '../../protocol/search-attributes.js';
import { withoutOptions } from '../../storage/address.js';
import { printable } from '../../text/printable.js';
import { aboutBackfill } from '../../workflows/ui/about.js';
import { parseRange, regionNotes } from '../options/arguments.js';
import type { RangeOptions } from '../options/range-options.js';
import { type FrozenRun, freezeRun } from '../run/freeze-run.js';
import { ownRun, readableSource } from '../run/source.js';
import { checkSelection } from '../selection/check.js';
import type { CommandContext } from '../session/context.js';
import { hasWorker } from '../session/pollers.js';
import { type ClusterSession, settingsFor, withSession, workflowUrl } from '../session/session.js';
import { noteUnregistered, visibilityOf } from '../setup/search-attributes.js';
import { EXIT } from '../terminal/failure.js';
import { quietSignal } from '../terminal/io.js';
import { describeBackfill, readBackfill } from './read-backfill.js';
import { renderFollow, renderStarted } from './render-list.js';
import { exitCodeOf } from './status.js';
import { pauseOf, stateOf } from './view.js';
import { BACKFILL_TYPE } from './visibility.js';
import { watchBackfill } from './watch.js';

interface StartOptions extends RangeOptions {
  retryQuarantined?: boolean;
  watch?: boolean;
}

/** Starts the backfill, or attaches to the one that is running; follows it with `--watch`. */
export async function run(context: CommandContext<StartOptions>): Promise<number> {
  const { io, output, options } = context;
  const range = parseRange(options.from, options.to, io.now());
  const settings = settingsFor(context);
  const source = await readableSource(settings);
  const filter = filterOf(options);
  for (const note of regionNotes(options.region)) output.note(printable(note));
  const own = ownRun(settings, source);
  const remarks = await checkSelection(own, { filter, range }, quietSignal());
  for (const remark of remarks) output.note(printable(remark));
  return withSession(settings, async (session) => {
    const { cluster } = session;
    const working = await hasWorker(cluster, io.now());
    const retryQuarantined = options.retryQuarantined === true;
    const started = await startBackfill(session, settings, source, { ...range, filter, retryQuarantined });
    const ui = workflowUrl(cluster, started.id);
    noteUnregistered(output, cluster.namespace, started);
    output.value({ ...started, ...range, worker: working, ui });
    output.say(renderStarted({ ...started, ui }, countDays(range.from, range.to)));
    if (!working) {
      const queue = options.taskQueue === undefined ? '' : ` --task-queue ${cluster.taskQueue}`;
      output.note(
        `No worker polls the task queue ${cluster.taskQueue}, so nothing happens yet. Start one with \`trailmill worker${queue}\`.`,
      );
    }
    if (options.watch !== true) {
      output.say(renderFollow(started.id));
      return EXIT.ok;
    }
    const watched = await watchBackfill(io, output, started.id, () => readBackfill(session, started.id));
    return exitCodeOf(watched.view);
  });
}

/** What narrows the run; empty lists are left out, for "none given" means "all". */
export function filterOf(options: Pick<RangeOptions, 'account' | 'region' | 'kind'>): SourceFilter {
  const { account: accounts, region: regions, kind: kinds } = options;
  return {
    ...(accounts?.length ? { accounts } : {}),
    ...(regions?.length ? { regions } : {}),
    ...(kinds?.length ? { kinds } : {}),
  };
}

/** What `backfill start` started or attached to; part of its JSON. */
export interface StartedBackfill {
  id: string;
  runId: string;
  /** True when the range was already being worked on. */
  attached: boolean;
  /** True when what was attached to is paused. */
  paused: boolean;
  /** Can it be found by its search attributes? */
  searchable: boolean;
}

/** What a person asks for. */
export type BackfillRequest = Pick<BackfillInput, 'from' | 'to' | 'filter'> & { retryQuarantined?: boolean };

/** Freezes the configuration and starts the workflow; a range that is under way is attached to. */
export async function startBackfill(
  { client, cluster }: ClusterSession,
  settings: Settings,
  source: SourceSettings,
  { filter, retryQuarantined = false, ...range }: BackfillRequest,
): Promise<StartedBackfill> {
  const { input: how, memo } = await freezeRun(settings, source);
  const visibility = await visibilityOf(cluster);
  const { searchable } = visibility;
  const input: BackfillInput = { ...how, ...range, filter, retryQuarantined, visibility };
  const id = backfillId(source.name, range.from, range.to, filter);
  try {
    const handle = await client.workflow.start(BACKFILL_TYPE, {
      workflowId: id,
      taskQueue: cluster.taskQueue,
      args: [input],
      staticSummary: summaryOf(range, withoutOptions(source.location)),
      staticDetails: aboutBackfill(range, withoutOptions(source.location), withoutOptions(source.warehouse)),
      memo: { ...range, ...memo, ...filter, retryQuarantined, version: visibility.version },
      ...(searchable ? { typedSearchAttributes: attributesOf(input) } : {}),
      priority: priorityOf('backfill', id),
    });
    return { id, runId: handle.firstExecutionRunId, attached: false, paused: false, searchable };
  } catch (error) {
    // The default conflict policy refuses, and so tells a running one apart from a new one, which USE_EXISTING does not.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { runId, memo: running, status } = await describeBackfill(client, id);
    assertSameWork(id, running, memo);
    if (retryQuarantined) assertRetries(id, running);
    return { id, runId, attached: true, paused: pauseOf(stateOf(status.name), running).paused, searchable };
  }
}

/** Attaching to a run over another bucket, or with other tables, would answer a question that nobody asked. */
function assertSameWork(id: string, memo: Record<string, unknown> | undefined, wanted: FrozenRun['memo']): void {
  for (const [name, value] of Object.entries(wanted)) {
    const running = memo?.[name];
    if (running === undefined || running === value) continue;
    const difference =
      name === 'configuration' ? 'log_source.yml has changed since' : `"${String(running)}" instead of "${value}"`;
    throw new UserMistake(`${id} is already running with another ${name}: ${difference}.`, waitFor(id));
  }
}

/** A plain run of the range does less than one that takes quarantined files too; the other way round it may be attached to. */
function assertRetries(id: string, memo: Record<string, unknown> | undefined): void {
  if (memo?.retryQuarantined === true) return;
  throw new UserMistake(
    `${id} is already running without --retry-quarantined: it leaves those files out.`,
    waitFor(id),
  );
}

function waitFor(id: string): string {
  return `Wait for it (trailmill backfill status '${id}' --watch), or cancel it first.`;
}

/** Shown beside the id in the UI; the server takes 200 bytes. */
function summaryOf({ from, to }: { from: string; to: string }, location: string): string {
  const text = `CloudTrail files delivered ${from} to ${to}, from ${location}`;
  const bytes = Buffer.from(text);
  return bytes.length <= 200
    ? text
    : `${bytes
        .subarray(0, 190)
        .toString('utf8')
        .replace(/\uFFFD+$/, '')}…`;
}
