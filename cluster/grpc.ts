/** gRPC status codes, errors and timestamps of the Temporal SDK. */

/** Status codes: https://grpc.io/docs/guides/status-codes/ */
export const GRPC = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** Returns the status code and server message of the gRPC error that `error` is or wraps; `undefined` if there is none. */
export function grpcErrorOf(error: unknown): { code: number; details: string } | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, details } = at as { code?: unknown; details?: unknown };
    if (typeof code === 'number') return { code, details: typeof details === 'string' ? details : at.message };
  }
  return undefined;
}

/** Returns true if `error` is or wraps a gRPC error with one of these status codes. */
export function hasGrpcCode(error: unknown, ...codes: readonly number[]): boolean {
  const code = grpcErrorOf(error)?.code;
  return code !== undefined && codes.includes(code);
}

/** Converts a protobuf Timestamp to a Date; `undefined` if it is absent. */
export function dateOf(timestamp: { seconds?: unknown; nanos?: number | null } | null | undefined): Date | undefined {
  if (!timestamp) return undefined;
  return new Date(Number(timestamp.seconds ?? 0) * 1000 + Math.floor((timestamp.nanos ?? 0) / 1e6));
}
