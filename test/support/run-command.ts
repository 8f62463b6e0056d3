/** A command of the CLI in this process, with streams of its own. */

import { run } from '../../client/session/run';
import type { Io } from '../../client/terminal/io';

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `trailmill argv…` in `cwd`; `now` in milliseconds since the epoch. */
export async function runCommand(
  argv: readonly string[],
  cwd: string,
  now: () => number = Date.now,
  io: Partial<Io> = {},
): Promise<Said> {
  const said: Said = { code: 0, stdout: '', stderr: '' };
  said.code = await run(argv, {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
    cwd,
    // No profile and no variables of the machine that runs the tests.
    env: { TEMPORAL_CONFIG_FILE: '' },
    now,
    onInterrupt: () => () => {},
    exit: () => {},
    readStdin: async () => '',
    ask: async () => undefined,
    ...io,
  });
  return said;
}
