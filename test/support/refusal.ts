import { UnreadableFile } from '../../errors/index.js';

/** The reason and the message with which a file is refused, or `accepted`. */
export function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UnreadableFile) return `${error.reason}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}
