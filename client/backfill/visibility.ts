/** Visibility queries: https://docs.temporal.io/list-filter */
import { UserMistake } from '../../errors/index.js';

/** gRPC's number: https://grpc.io/docs/guides/status-codes/ */
const INVALID_ARGUMENT = 3;

/** A literal of a query, whatever is in it. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** What a server says of a query that a user has written; any other error stays as it is. */
export function queryMistake(error: unknown, query: string | undefined): unknown {
  if (query === undefined) return error;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (!('code' in at) || at.code !== INVALID_ARGUMENT) continue;
    const reason = 'details' in at ? String(at.details) : at.message;
    return new UserMistake(
      `The server does not take --query '${query}': ${reason.trim().replace(/\.?$/, '.')}`,
      `Write it as in the UI, for example --query 'StartTime > "2024-06-01T00:00:00Z"': https://docs.temporal.io/list-filter`,
    );
  }
  return error;
}
