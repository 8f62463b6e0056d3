/** Extracts the facts from SDK and network errors of any class, under uniform names. */
import { isRegionName } from '../../aws/regions.js';

/** The facts of an error. */
export interface ErrorFacts {
  /** AWS error code (`AccessDenied`), or the name of a JavaScript error. */
  name: string;
  /** Code of a system error: `ECONNREFUSED`. */
  code?: string;
  /** HTTP status. */
  status?: number;
  /** AWS's message. It may contain principals and keys, but never a secret. */
  message: string;
  /** The bucket's region, if the response contains it. */
  region?: string;
  requestId?: string;
}

interface SdkError {
  name?: unknown;
  code?: unknown;
  Code?: unknown;
  message?: unknown;
  Region?: unknown;
  cause?: unknown;
  errors?: unknown;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: { headers?: Record<string, string> };
}

/** The `cause` option of an error. */
export interface CauseOption {
  cause: Error;
}

/** Extracts the facts from any thrown value. */
export function errorFactsOf(error: unknown): ErrorFacts {
  // Not `instanceof Error`: under jest, Node's own errors come from another realm.
  if (typeof error !== 'object' || error === null) return { name: 'Error', message: String(error) };
  const sdk = error as SdkError;
  const message = textOf(sdk.message) ?? '';
  return {
    name: textOf(sdk.Code) ?? textOf(sdk.name) ?? 'Error',
    code: codeOf(sdk),
    status: sdk.$metadata?.httpStatusCode,
    message,
    region: regionOf(sdk, message),
    requestId: sdk.$metadata?.requestId,
  };
}

/** If a connection failed on all addresses of a host, the error is an AggregateError; the code may only be in its parts. */
function codeOf({ code, errors, cause }: SdkError): string | undefined {
  const own = textOf(code);
  if (own !== undefined) return own;
  const inner = Array.isArray(errors) ? (errors[0] as unknown) : cause;
  return typeof inner === 'object' && inner !== null ? codeOf(inner as SdkError) : undefined;
}

function regionOf({ $response, Region }: SdkError, message: string): string | undefined {
  const found =
    $response?.headers?.['x-amz-bucket-region'] ?? textOf(Region) ?? /expecting '([^']+)'/.exec(message)?.[1];
  return found !== undefined && isRegionName(found) ? found : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A copy of the error for use as a cause, without the response fields, which may contain a session token. */
export function causeOf(error: unknown): Error {
  const { name, message } = errorFactsOf(error);
  const cause = new Error(message);
  cause.name = name;
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? error.stack : undefined;
  if (typeof stack === 'string') cause.stack = stack;
  return cause;
}
