/** Runs a command line. Every error becomes a clear message with a hint. */

import { createProgram, VERSION_ASKED } from '../program.js';
import { commandFailure, EXIT, isCommanderError, renderFailure } from '../terminal/failure.js';
import type { Io } from '../terminal/io.js';
import { Output } from '../terminal/output.js';

/** Runs one command; never exits the process and never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const output = new Output(io, wantsJson(argv));
  let help = 'trailmill --help';
  let exitCode: number = EXIT.ok;
  const program = createProgram({
    io,
    output,
    onHelpPage: (page) => {
      help = page;
    },
    onExitCode: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    // `--help` and `--version` also end here.
    if (isCommanderError(error) && error.exitCode === 0) {
      if (error.code === VERSION_ASKED) await (await import('../version/version.js')).printVersions(io, output);
      return EXIT.ok;
    }
    const failure = commandFailure(error, io.env, help);
    const { message, cure } = failure;
    if (output.json) output.value({ error: { message, cure: cure === undefined ? null : output.hint(cure) } });
    else output.note(renderFailure(failure), 'ERROR');
    if (failure.stack !== undefined) output.note(failure.stack, 'ERROR');
    return failure.exitCode;
  }
}

/** Read from the raw arguments, because errors of a command line that cannot be parsed must be JSON, too. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}
