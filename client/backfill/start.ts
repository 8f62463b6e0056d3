/** `trailmill backfill start`: checks what can be checked up front, then starts a workflow for the range. */
import type { Settings, SourceSettings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { countDays } from '../../protocol/days.js';
import { backfillId, reprocessId } from '../../protocol/ids.js';
import type { BackfillInput } from '../../protocol/messages.js';
import { priorityOf } from '../../protocol/priority.js';
import { withoutOptions } from '../../storage/address.js';
import { printable } from '../../text/printable.js';
import { aboutBackfill } from '../../workflows/ui/about.js';
import type { RangeOptions } from '../options/range-options.js';
import { freezableRun } from '../run/freeze-run.js';
import { rangeRequest } from '../run/range-request.js';
import { checkSelection } from '../selection/check.js';
import type { CommandContext } from '../session/context.js';
import { hasWorker } from '../session/pollers.js';
import { type ClusterSession, withSession, workflowUrl } from '../session/session.js';
import { assertSameWork, startWork } from '../session/start-workflow.js';
import { noteUnregistered, visibilityOf } from '../setup/search-attributes.js';
import { EXIT } from '../terminal/failure.js';
import { neverAborted } from '../terminal/io.js';
import { readBackfill } from './read-backfill.js';
import { renderFollow, renderStarted } from './render-list.js';
import { type ReprocessOptions, rangeOfKeys, reprocessOf } from './reprocess.js';
import { exitCodeOf } from './status.js';
import { pauseOf, stateOf } from './view.js';
import { BACKFILL_TYPE } from './visibility.js';
import { watchBackfill } from './watch.js';
import type { FailOn } from './words.js';

interface StartOptions extends RangeOptions, ReprocessOptions {
  watch?: boolean;
  failOn?: FailOn[];
}

/** Starts the backfill, or attaches to the one that is running; follows it with `--watch`. */
export async function run(given: CommandContext<StartOptions>): Promise<number> {
  const { io, output } = given;
  const reprocess = reprocessOf(given.options);
  const options = withDays(given.options);
  const context = { ...given, options };
  const { range, settings, source, filter, run: runContext } = await rangeRequest(context);
  const remarks = await checkSelection(runContext, { filter, range }, neverAborted());
  for (const remark of remarks) output.note(printable(remark));
  if (options.failOn !== undefined && options.watch !== true)
    throw new UserMistake('--fail-on needs --watch.', 'Without --watch the command does not wait for the result.');
  return withSession(settings, async (session) => {
    const { cluster } = session;
    const working = await hasWorker(cluster, io.now());
    const retryQuarantined = options.retryQuarantined === true;
    const request = { ...range, filter, retryQuarantined, reprocess };
    const started = await startBackfill(session, settings, source, request);
    const ui = workflowUrl(cluster, started.id);
    noteUnregistered(output, cluster.namespace, started);
    output.value({ ...started, ...range, worker: working, ui });
    output.say(renderStarted({ ...started, ui }, countDays(range.from, range.to)));
    if (!working) {
      output.note(
        `No worker polls the task queue ${cluster.taskQueue}, so nothing happens yet. Start one with \`trailmill worker\`.`,
      );
    }
    if (options.watch !== true) {
      output.say(renderFollow(started.id));
      return EXIT.ok;
    }
    const watched = await watchBackfill(io, output, started.id, () => readBackfill(session, started.id));
    return exitCodeOf(watched.view, options.failOn);
  });
}

/** Without days, those of the keys. */
function withDays(options: StartOptions): StartOptions {
  const { from, to, key } = options;
  if (key !== undefined && from === undefined && to === undefined) return { ...options, ...rangeOfKeys(key) };
  if (from !== undefined) return options;
  throw new UserMistake(
    "The required option '--from <day>' is not specified.",
    'Only --key may be given without days. See `trailmill backfill start --help`.',
  );
}

/** What `backfill start` started or attached to; part of its JSON. */
export interface StartedBackfill {
  id: string;
  runId: string;
  /** True when the range was already being worked on. */
  attached: boolean;
  /** True when what was attached to is paused. */
  paused: boolean;
  /** True if it can be found by search attributes. */
  searchable: boolean;
}

/** The range, the filter and the options of a backfill to start. */
export type BackfillRequest = Pick<BackfillInput, 'from' | 'to' | 'filter' | 'retryQuarantined' | 'reprocess'>;

/** Freezes the configuration and starts the workflow, or attaches to the running backfill of the same range. */
export async function startBackfill(
  session: ClusterSession,
  settings: Settings,
  source: SourceSettings,
  { filter, retryQuarantined = false, reprocess, ...range }: BackfillRequest,
): Promise<StartedBackfill> {
  const { input: how, memo, write } = freezableRun(settings, source);
  const visibility = await visibilityOf(session.cluster);
  const again = reprocess === undefined ? {} : { reprocess };
  const input: BackfillInput = { ...how, ...range, filter, retryQuarantined, ...again, visibility };
  const { from, to } = range;
  const id =
    reprocess === undefined
      ? backfillId(source.name, from, to, filter)
      : reprocessId(source.name, from, to, filter, reprocess);
  const [location, warehouse] = [source.location, source.warehouse].map(withoutOptions);
  const { runId, running } = await startWork(session, visibility, {
    type: BACKFILL_TYPE,
    workflowId: id,
    input,
    summary: summaryOf(input, location),
    details: aboutBackfill(input, location, warehouse),
    memo: { ...range, ...memo, ...filter, retryQuarantined, ...again },
    priority: priorityOf('backfill', id),
    assertFits: (of) => {
      assertSameWork(id, of, memo, waitFor(id));
      if (retryQuarantined) assertRetries(id, of);
    },
    write,
  });
  const paused = running !== undefined && pauseOf(stateOf(running.status.name), running.memo).paused;
  return { id, runId, attached: running !== undefined, paused, searchable: visibility.searchable };
}

/** Throws if the running backfill does not retry quarantined files. One that does includes all work of one that does not. */
function assertRetries(id: string, memo: Record<string, unknown>): void {
  if (memo.retryQuarantined === true) return;
  throw new UserMistake(`${id} is already running without --retry-quarantined: it skips those files.`, waitFor(id));
}

function waitFor(id: string): string {
  return `Wait for it (trailmill backfill status '${id}' --watch), or cancel it first.`;
}

/** Shown next to the id in the UI; the server accepts up to 200 bytes. */
function summaryOf({ from, to, reprocess }: BackfillInput, location: string): string {
  const again = reprocess === undefined ? '' : ', read again';
  const text = `CloudTrail files delivered ${from} to ${to}, from ${location}${again}`;
  const bytes = Buffer.from(text);
  return bytes.length <= 200
    ? text
    : `${bytes
        .subarray(0, 190)
        .toString('utf8')
        .replace(/\uFFFD+$/, '')}…`;
}
