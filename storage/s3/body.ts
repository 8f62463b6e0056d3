/** Reads complete response bodies. */
import type { Readable } from 'node:stream';
import { IDLE_TIMEOUT } from './client.js';
import { BrokenBody } from './retry.js';

/**
 * Reads all bytes of `stream`, which must be `length` bytes. A stream that stalls is destroyed together with its connection.
 * Throws {@link BrokenBody}.
 */
export async function readWhole(stream: Readable, length: number | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let last = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - last > IDLE_TIMEOUT)
      stream.destroy(new BrokenBody(`no data received for ${IDLE_TIMEOUT / 1_000} s`));
  }, IDLE_TIMEOUT / 10);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      last = Date.now();
      size += chunk.length;
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BrokenBody) throw error;
    throw new BrokenBody(`the body was cut off after ${size} of ${length ?? 'an unknown number of'} bytes`, {
      cause: error,
    });
  } finally {
    clearInterval(watch);
  }
  if (length !== undefined && size !== length) throw new BrokenBody(`the body has ${size} of ${length} bytes`);
  // Copy even a single chunk: it is a slice of the connection's larger buffer, which it would keep in memory.
  return Buffer.concat(chunks, size);
}
