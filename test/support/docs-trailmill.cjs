/**
 * `trailmill` for the blocks of the pages: the same command line, whose words and exit code are written down. What runs until
 * Ctrl-C is interrupted as soon as it is up, unless the block says that it stays.
 */
const { spawn } = require('node:child_process');
const { appendFileSync, openSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const MAIN = join(__dirname, '../../dist/client/main.js');
const { TRAILMILL_DOCS_CALLS: calls, TRAILMILL_DOCS_STAYS: stays } = process.env;
const argv = process.argv.slice(2);
const written = (code) => appendFileSync(calls, `${JSON.stringify({ argv, code })}\n`);

/** The line that says that it is up; `undefined` for commands that end by themselves. */
function upLine() {
  if (argv[0] === 'demo' && argv.includes('--keep')) return /keep running until Ctrl-C/;
  return argv[0] === 'dev' || argv[0] === 'worker' ? /^Trailmill is running/m : undefined;
}

function runUntilUp(up) {
  const log = `${calls}.${process.pid}`;
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, [MAIN, ...argv], { detached: true, stdio: ['ignore', output, output] });
  const look = setInterval(() => {
    if (!up.test(readFileSync(log, 'utf8'))) return;
    clearInterval(look);
    if (stays === undefined) child.kill('SIGINT');
    else process.exit(0);
  }, 100);
  child.once('exit', (code) => {
    process.stdout.write(readFileSync(log));
    process.exit(code ?? 1);
  });
}

process.on('exit', written);
const up = upLine();
if (up === undefined) require(MAIN);
else runUntilUp(up);
