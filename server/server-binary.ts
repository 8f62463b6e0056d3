/** The Temporal server as a program to install: its version, its download location, and how to check a binary. */
import { systemCodeOf } from '../errors/index.js';
import { type FindProgramOptions, findProgram, lookForProgram } from '../install/find-program.js';
import type { Program } from '../install/program-install.js';
import { runProgram } from '../install/run.js';

/** CLI version with server 1.29.1 and UI 2.42.1. Later versions have a `replace` directive, which `go install` rejects. */
export const SERVER_VERSION = '1.5.1';

/** The Temporal CLI, which includes the server. */
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
  otherwise: 'use an existing cluster: set TEMPORAL_ADDRESS',
};

/** Returns the path of a `temporal` binary that can run the development server; see `findProgram`. */
export function findServerBinary(options: FindProgramOptions): Promise<string> {
  return findProgram(TEMPORAL_CLI, options);
}

/** The Temporal server that a project would run, as it describes itself. */
export interface ServerVersion {
  path: string;
  /** The name of the environment variable, `PATH` or `cache`. */
  from: string;
  /** Versions of the CLI and of the server in it; `null` if the program does not say. */
  cli: string | null;
  server: string | null;
}

/** Returns the version of the server that is already there; `undefined` if it would be installed first. */
export async function installedServer(env: NodeJS.ProcessEnv): Promise<ServerVersion | undefined> {
  const found = await lookForProgram(TEMPORAL_CLI, { env });
  if (found === undefined) return undefined;
  const options = { env: withoutClientSettings(env), timeout: 10_000 };
  const { output } = await runProgram(found.path, ['--version'], options).catch(() => ({ output: '' }));
  // temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)
  const [, cli = null, server = null] = /^temporal version (\S+)(?: \(Server ([^\s,)]+))?/m.exec(output) ?? [];
  // Built with Go, the program calls itself 0.0.0-DEV; the cache has a directory for each version.
  return { ...found, cli: found.from === 'cache' ? SERVER_VERSION : cli, server };
}

/** Returns `undefined` if the binary is a Temporal CLI that can run the development server, otherwise the reason. */
async function whyNotServer(binary: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const clean = withoutClientSettings(env);
  try {
    const version = await runProgram(binary, ['--version'], { env: clean, timeout: 10_000 });
    if (version.code === null) return 'it does not respond to --version';
    if (version.code !== 0 || !/^temporal version/m.test(version.output)) return 'it is not the Temporal CLI';
    const help = await runProgram(binary, ['server', 'start-dev', '--help'], { env: clean, timeout: 10_000 });
    if (help.code !== 0 || !help.output.includes('--db-filename')) return 'it has no command `server start-dev`';
    return help.output.includes('--http-port') ? undefined : 'it is too old: `server start-dev` has no --http-port';
  } catch (error) {
    return `it cannot be run (${systemCodeOf(error) ?? String(error)})`;
  }
}

/** Removes `TEMPORAL_*`, which is meant for clients: the server binary reads it too, and fails if a profile is missing. */
export function withoutClientSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}
