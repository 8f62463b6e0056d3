/** `trailmill verify --event`: writes what proves one event. */
import type { CommandContext } from '../session/context.js';

export async function writeEvidence(_context: CommandContext, _event: string, _out: string): Promise<number> {
  return 0;
}
