/** Bodies of answers that do not arrive as they should. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** Sends the first `bytes` of the body, then cuts the connection. */
export async function sendCut(answer: IncomingMessage, response: ServerResponse, bytes: number): Promise<void> {
  let left = bytes;
  response.flushHeaders();
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      // Resolves when the bytes are with the system, which still delivers them after the cut.
      await new Promise((resolve) => response.write(chunk.subarray(0, left), resolve));
      left -= chunk.length;
      if (left <= 0) break;
    }
  } catch {
    // The server has cut it before us.
  }
  response.socket?.destroy();
}

/** Sends the body in pieces of `bytes`, one each `everyMs`. */
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
    response.socket?.destroy(); // The server has cut it; so do we.
  }
}
