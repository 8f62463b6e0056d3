/** The ids on the command line: as `backfill list` prints them, or `latest`. */
import { UserMistake } from '../../errors/index.js';
import type { ClusterSession } from '../session/session.js';
import { areRegistered } from '../setup/search-attributes.js';
import { listQuery } from './list-query.js';
import { LATEST } from './words.js';

/** Returns the id, or that of the latest backfill for `latest`. Throws `UserMistake` if there is none. */
export async function resolveId({ client, cluster }: ClusterSession, source: string, given: string): Promise<string> {
  if (given !== LATEST) return given;
  const query = listQuery({ source }, await areRegistered(cluster));
  let latest: { id: string; startedAt: number } | undefined;
  // The server returns the newest first, but not the runs of an id that continued as new.
  for await (const { workflowId: id, startTime } of client.workflow.list({ query })) {
    const startedAt = startTime.getTime();
    if (latest === undefined || startedAt > latest.startedAt) latest = { id, startedAt };
    else break;
  }
  if (latest !== undefined) return latest.id;
  throw new UserMistake(
    `There is no backfill of ${source} yet.`,
    'Start one: trailmill backfill start --from 2023-07-10 --to 2023-07-12',
  );
}
