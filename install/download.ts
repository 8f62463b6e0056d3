/** Downloads one file, says how far it is, and gives up on a server that does not answer or stops sending. */
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Milliseconds until the first byte of an answer must be there. */
const CONNECT_LIMIT = 5_000;
/** Milliseconds without a byte until a download counts as stuck. */
const STALL_LIMIT = 30_000;
/** Milliseconds between two lines of progress. */
export const PROGRESS_EVERY = 15_000;

/** `what` is a name for a person ("the Temporal server 1.5.1"). Throws an `Error` of one line that says why not. */
export async function download(url: string, to: string, what: string, log: (line: string) => void): Promise<void> {
  const { origin } = new URL(url);
  const abort = new AbortController();
  let reason = `${origin} does not answer`;
  let limit = setTimeout(() => abort.abort(), CONNECT_LIMIT);
  const started = Date.now();
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      clearTimeout(limit);
      limit = setTimeout(() => abort.abort(), STALL_LIMIT);
      done(null, chunk);
    },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`${origin} answered ${response.status}`);
    reason = `${origin} stopped sending`;
    const total = Number(response.headers.get('content-length')) || undefined;
    log(`Downloading ${what} from ${origin}${total ? ` (${mebibytes(total)})` : ''}`);
    timer = setInterval(() => {
      log(`Downloading ${what}: ${mebibytes(bytes)}, ${secondsSince(started)} s`);
    }, PROGRESS_EVERY);
    // Two declarations of one type: the global one of `fetch`, and that of node:stream/web.
    await pipeline(Readable.fromWeb(response.body as ReadableStream), count, createWriteStream(to));
  } catch (error) {
    if (abort.signal.aborted) throw new Error(reason, { cause: error });
    const cause = (error as { cause?: { code?: unknown } }).cause?.code;
    throw typeof cause === 'string' ? new Error(`${origin} cannot be reached (${cause})`, { cause: error }) : error;
  } finally {
    clearTimeout(limit);
    clearInterval(timer);
  }
}

/** Whole seconds, for a line of progress. */
export function secondsSince(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
