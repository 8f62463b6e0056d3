/** The Temporal server as a program to install: its version, its origin, and how it is recognized. */
import { systemCodeOf } from '../errors/index.js';
import { type FindProgramOptions, findProgram } from '../install/find-program.js';
import type { Program } from '../install/program-install.js';
import { runProgram } from '../install/run.js';

/** Server 1.29.1 and UI 2.42.1. Later versions of this command have a `replace` line, which `go install` refuses. */
export const SERVER_VERSION = '1.5.1';

/** The Temporal CLI, which has the server in it. */
export const TEMPORAL_CLI: Program = {
  title: 'Temporal server',
  command: 'temporal',
  version: SERVER_VERSION,
  variable: 'TRAILMILL_TEMPORAL_BINARY',
  module: `github.com/temporalio/cli/cmd/temporal@v${SERVER_VERSION}`,
  buildMinutes: 3,
  archive: (platform, arch) => ({
    url: `https://temporal.download/cli/archive/v${SERVER_VERSION}?platform=${platform}&arch=${arch}`,
    path: 'temporal',
  }),
  whyNot: whyNotServer,
  home: 'the Temporal CLI (https://docs.temporal.io/cli)',
  otherwise: 'use a cluster that runs elsewhere: set TEMPORAL_ADDRESS',
};

/** The path of a `temporal` program that can runProgram the development server; see `findProgram`. */
export function findServerBinary(options: FindProgramOptions): Promise<string> {
  return findProgram(TEMPORAL_CLI, options);
}

/** `undefined` when this program is a Temporal CLI that can runProgram the development server; else one line. */
async function whyNotServer(binary: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const clean = withoutClientSettings(env);
  try {
    const version = await runProgram(binary, ['--version'], { env: clean, timeout: 10_000 });
    if (version.code === null) return 'it does not answer to --version';
    if (version.code !== 0 || !/^temporal version/m.test(version.output)) return 'it is not the Temporal CLI';
    const help = await runProgram(binary, ['server', 'start-dev', '--help'], { env: clean, timeout: 10_000 });
    if (help.code !== 0 || !help.output.includes('--db-filename')) return 'it has no command `server start-dev`';
    return help.output.includes('--http-port') ? undefined : 'it is too old: `server start-dev` has no --http-port';
  } catch (error) {
    return `it cannot be run (${systemCodeOf(error) ?? String(error)})`;
  }
}

/** `TEMPORAL_*` is for clients; the same program would read it as a server too, and stumble over a missing profile. */
export function withoutClientSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}
