#!/usr/bin/env node
/** The entry point: runs a command with the streams and signals of the process, and exits with its code. */
import { printableLines } from '../text/printable.js';
import { run } from './session/run.js';
import { processIo } from './terminal/io.js';

// `trailmill … | head` closes the pipe early: that is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

/** Exits once all output has reached the pipe: an earlier exit would truncate it. */
function exitAfterFlush(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

run(process.argv.slice(2), processIo()).then(exitAfterFlush, (error: unknown) => {
  process.stderr.write(`trailmill: ${printableLines(error instanceof Error ? error.message : String(error))}\n`);
  exitAfterFlush(1);
});
