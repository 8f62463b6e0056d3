/** Downloads a file with progress output, and with timeouts for servers that do not respond or stop sending. */
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Milliseconds to the first byte of the response. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Milliseconds without data after which a download has stalled. */
const STALL_TIMEOUT_MS = 30_000;
/** Milliseconds between two progress lines. */
export const PROGRESS_INTERVAL_MS = 15_000;

/**
 * Downloads `url` to the file `to`. `what` names it in progress lines ("the Temporal server 1.5.1"). Throws an `Error` with a
 * one-line reason.
 */
export async function download(url: string, to: string, what: string, log: (line: string) => void): Promise<void> {
  const { origin } = new URL(url);
  const abort = new AbortController();
  let reason = `${origin} does not respond`;
  let timeout = setTimeout(() => abort.abort(), CONNECT_TIMEOUT_MS);
  const started = Date.now();
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      clearTimeout(timeout);
      timeout = setTimeout(() => abort.abort(), STALL_TIMEOUT_MS);
      done(null, chunk);
    },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`${origin} returned ${response.status}`);
    reason = `${origin} stopped sending`;
    const total = Number(response.headers.get('content-length')) || undefined;
    log(`Downloading ${what} from ${origin}${total ? ` (${mebibytes(total)})` : ''}`);
    timer = setInterval(() => {
      log(`Downloading ${what}: ${mebibytes(bytes)}, ${secondsSince(started)} s`);
    }, PROGRESS_INTERVAL_MS);
    // The global type of `fetch` and the one in node:stream/web are separate declarations of the same type.
    await pipeline(Readable.fromWeb(response.body as ReadableStream), count, createWriteStream(to));
  } catch (error) {
    if (abort.signal.aborted) throw new Error(reason, { cause: error });
    const cause = (error as { cause?: { code?: unknown } }).cause?.code;
    throw typeof cause === 'string' ? new Error(`${origin} cannot be reached (${cause})`, { cause: error }) : error;
  } finally {
    clearTimeout(timeout);
    clearInterval(timer);
  }
}

/** Whole seconds since a time in milliseconds since the epoch, for progress lines. */
export function secondsSince(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
