/** What an error of the SDK or of the network says, whatever its class: the same facts under the same names. */
import { isRegionName } from '../../aws/regions.js';

/** What is known of an error. */
export interface ErrorFacts {
  /** AWS's code (`AccessDenied`), or the name of a JavaScript error. */
  name: string;
  /** Of a system error: `ECONNREFUSED`. */
  code?: string;
  /** Of HTTP. */
  status?: number;
  /** AWS's sentence. It may name principals and keys, but never a secret. */
  message: string;
  /** The region that the bucket is in, where the answer tells. */
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

/** Of an error of ours: what it was made of. */
export interface CauseOption {
  cause: Error;
}

/** The facts of anything that was thrown. */
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

/** A connection that failed on every address of a host is an AggregateError with the code, or only with its parts. */
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

/** The error as a cause to keep: without the fields of the answer, which may hold a session token. */
export function causeOf(error: unknown): Error {
  const { name, message } = errorFactsOf(error);
  const cause = new Error(message);
  cause.name = name;
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? error.stack : undefined;
  if (typeof stack === 'string') cause.stack = stack;
  return cause;
}
