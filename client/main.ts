#!/usr/bin/env node
/** The process around the commands: real streams, real signals, the exit code. Everything else is in `run`. */
import { printableLines } from '../text/printable.js';
import { run } from './session/run.js';
import { processIo } from './terminal/io.js';

// `trailmill … | head` closes the pipe early: that is the reader's right, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

/** Leaves once what was written has reached the pipe: an exit before that would cut the output off. */
function leave(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

run(process.argv.slice(2), processIo()).then(leave, (error: unknown) => {
  process.stderr.write(`trailmill: ${printableLines(error instanceof Error ? error.message : String(error))}\n`);
  leave(1);
});
