/** Visibility queries (https://docs.temporal.io/list-filter), and the ids in their results. */
import { GRPC, grpcErrorOf } from '../../cluster/grpc.js';
import { UserMistake } from '../../errors/index.js';
import { ingestDayId, SCHEDULED_INGEST_TYPE } from '../../protocol/ids.js';

/** The type name of the workflow, in descriptions and in visibility queries. */
export const BACKFILL_TYPE = 'backfill';
/** A run of a schedule is a backfill, too, and can be described and controlled as one. */
export const BACKFILL_TYPES: readonly string[] = [BACKFILL_TYPE, SCHEDULED_INGEST_TYPE];
/** The type name of a day's workflow, in descriptions and in visibility queries. */
export const DAY_TYPE = 'ingestDay';

/** A string literal in a query. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Turns the server's rejection of a user's query into a {@link UserMistake}; any other error is returned as it is. */
export function queryMistake(error: unknown, query: string | undefined): unknown {
  if (query === undefined) return error;
  const rejection = grpcErrorOf(error);
  if (rejection?.code !== GRPC.INVALID_ARGUMENT) return error;
  return new UserMistake(
    `The server rejects --query '${query}': ${rejection.details.trim().replace(/\.?$/, '.')}`,
    `Write it as in the UI, for example --query 'StartTime > "2024-06-01T00:00:00Z"': https://docs.temporal.io/list-filter`,
  );
}

/** The delivery day in the id of a day's workflow, `YYYY-MM-DD`; `null` for any other id. */
export function dayOfId(id: string): string | null {
  const [, source, day] = /^[^/]+\/(.+)\/(\d{4}-\d{2}-\d{2})$/.exec(id) ?? [];
  return source !== undefined && ingestDayId(source, day) === id ? day : null;
}
