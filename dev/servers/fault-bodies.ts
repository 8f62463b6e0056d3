/** Responses whose bodies arrive incompletely or slowly. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** Sends the first `bytes` of the body, then closes the connection. */
export async function sendCut(answer: IncomingMessage, response: ServerResponse, bytes: number): Promise<void> {
  let left = bytes;
  response.flushHeaders();
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      // Resolves when the operating system has the bytes, which it still delivers after the connection is closed.
      await new Promise((resolve) => response.write(chunk.subarray(0, left), resolve));
      left -= chunk.length;
      if (left <= 0) break;
    }
  } catch {
    // The server has closed the connection first.
  }
  response.socket?.destroy();
}

/** Sends the body in pieces of `bytes`, one every `everyMs` milliseconds. */
export async function sendSlowly(
  answer: IncomingMessage,
  response: ServerResponse,
  { bytes, everyMs }: { bytes: number; everyMs: number },
): Promise<void> {
  response.flushHeaders();
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += bytes) {
        if (response.destroyed) return;
        if (!response.write(chunk.subarray(at, at + bytes)))
          await Promise.race([once(response, 'drain'), once(response, 'close')]);
        await wait(everyMs);
      }
    }
    response.end();
  } catch {
    response.socket?.destroy(); // The server has closed its connection.
  }
}
