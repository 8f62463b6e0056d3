/** Reads the body of an answer, whole or not at all. */
import type { Readable } from 'node:stream';
import { IDLE_TIMEOUT } from './client.js';
import { BrokenBody } from './retry.js';

/** All bytes of `stream`, of which there must be `length`. A stream that goes silent is destroyed, with its connection. */
export async function readWhole(stream: Readable, length: number | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let last = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - last > IDLE_TIMEOUT) stream.destroy(new BrokenBody(`no byte for ${IDLE_TIMEOUT / 1_000} s`));
  }, IDLE_TIMEOUT / 10);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      last = Date.now();
      size += chunk.length;
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BrokenBody) throw error;
    throw new BrokenBody(`the body was cut after ${size} of ${length ?? 'an unknown number of'} bytes`, {
      cause: error,
    });
  } finally {
    clearInterval(watch);
  }
  if (length !== undefined && size !== length) throw new BrokenBody(`the body has ${size} of ${length} bytes`);
  // Also of one chunk a copy: it is a part of a larger buffer of the connection, which would be held with it.
  return Buffer.concat(chunks, size);
}
