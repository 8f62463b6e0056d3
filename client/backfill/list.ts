/** `trailmill backfill list`: the backfills on the server, or their days, and the query that finds them. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { UserMistake } from '../../errors/index.js';
import type { DayMemo } from '../../protocol/messages.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import { parseDayRange, understoodDays } from '../options/days.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { type ClusterSession, withSession, workflowUrl } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { areRegistered } from '../setup/search-attributes.js';
import { EXIT } from '../terminal/failure.js';
import { fitsRange, type ListFilter, listQuery } from './list-query.js';
import { completed, listedDay } from './read-days.js';
import { type ListedDayOfAny, renderDayList, renderList } from './render-list.js';
import { type ListedBackfill, listedRun, pauseOf } from './view.js';
import { dayOfId, queryMistake } from './visibility.js';

interface BackfillListOptions extends GlobalOptions, ListFilter {
  limit: number;
}

/** The JSON of `backfill list`: one of the two lists, and the query, which also works in the UI. */
export type BackfillListJson =
  | { query: string; backfills: ListedBackfill[] }
  | { query: string; days: ListedDayOfAny[] };

/** The most concurrent requests for descriptions and results. */
const CONCURRENCY = 8;

/** Prints the backfills, or their days, that match the filter. */
export async function run(context: CommandContext<BackfillListOptions>): Promise<number> {
  const { io, output } = context;
  const range = parseDayRange(context.options.from, context.options.to, io.now());
  const options = { ...context.options, ...range };
  const understood = understoodDays(context.options, range);
  if (understood !== undefined) output.note(understood);
  return withSession(settingsFor(context), async (session) => {
    const { cluster } = session;
    const searchable = await areRegistered(cluster);
    const query = listQuery(options, searchable);
    if (options.days && options.status === 'paused' && !searchable) {
      throw new UserMistake(
        `The namespace ${cluster.namespace} does not have Trailmill's search attributes, which are the only source of paused days.`,
        'Run `trailmill setup`, once.',
      );
    }
    if (options.days) {
      const days = await listedDays(session, query, options);
      output.value({ query, days } satisfies BackfillListJson);
      output.say(renderDayList(days, output.width));
    } else {
      const backfills = await listedBackfills(session, query, options);
      output.value({ query, backfills } satisfies BackfillListJson);
      output.say(renderList(backfills, io.now(), isFiltered(options), output.width));
    }
    output.say(`\n  query       ${query}`);
    return EXIT.ok;
  });
}

function isFiltered({ status, from, to, source, query }: ListFilter): boolean {
  return [status, from, to, source, query].some((filter) => filter !== undefined);
}

async function listedBackfills(
  { client, cluster }: ClusterSession,
  query: string,
  options: BackfillListOptions,
): Promise<ListedBackfill[]> {
  const { status, limit } = options;
  return take(client.workflow.list({ query }), options, limit, (info) => {
    const run = listedRun(info, workflowUrl(cluster, info.workflowId));
    const pause = pauseOf(run.state, info.memo);
    if (!fitsRange(run, options)) return undefined;
    // The memo also has it, without search attributes.
    if ((status === 'paused' && !pause.paused) || (status === 'running' && pause.paused)) return undefined;
    return { ...run, ...pause };
  });
}

async function listedDays(
  session: ClusterSession,
  query: string,
  options: BackfillListOptions,
): Promise<ListedDayOfAny[]> {
  const { client, cluster } = session;
  const found = await take(client.workflow.list({ query }), options, options.limit, (info) => {
    const day = dayOfId(info.workflowId);
    if (day === null || !fitsRange({ from: day, to: day }, options)) return undefined;
    const { run } = (info.memo ?? {}) as Partial<DayMemo>;
    const one = listedDay(info, day, workflowUrl(cluster, info.workflowId, info.runId));
    return { ...one, backfill: run ?? info.parentExecution?.workflowId ?? null, error: null };
  });
  const days = await mapConcurrent(found, CONCURRENCY, async ({ backfill, ...day }) => {
    return { ...(await completed(session, day, false)), backfill };
  });
  return days.sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** The first `limit` entries of a list that match; fetches only as many pages as needed. */
async function take<T>(
  list: AsyncIterable<WorkflowExecutionInfo>,
  { query }: ListFilter,
  limit: number,
  fits: (info: WorkflowExecutionInfo) => T | undefined,
): Promise<T[]> {
  const found: T[] = [];
  try {
    for await (const info of list) {
      const one = fits(info);
      if (one !== undefined) found.push(one);
      if (found.length === limit) break;
    }
  } catch (error) {
    throw queryMistake(error, query);
  }
  return found;
}
