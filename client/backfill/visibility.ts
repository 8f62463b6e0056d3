/** Visibility queries: https://docs.temporal.io/list-filter */
import { GRPC, grpcErrorOf } from '../../cluster/grpc.js';
import { UserMistake } from '../../errors/index.js';

/** A literal of a query, whatever is in it. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** What a server says of a query that a user has written; any other error stays as it is. */
export function queryMistake(error: unknown, query: string | undefined): unknown {
  if (query === undefined) return error;
  const refusal = grpcErrorOf(error);
  if (refusal?.code !== GRPC.INVALID_ARGUMENT) return error;
  return new UserMistake(
    `The server does not take --query '${query}': ${refusal.details.trim().replace(/\.?$/, '.')}`,
    `Write it as in the UI, for example --query 'StartTime > "2024-06-01T00:00:00Z"': https://docs.temporal.io/list-filter`,
  );
}
