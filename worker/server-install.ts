/** Two ways to get the Temporal server: the official archive, and Go's module proxy where that cannot be reached. */
import { createWriteStream } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { run, tail } from './run.js';

/** Server 1.29.1 and UI 2.42.1. Later versions of this command have a `replace` line, which `go install` refuses. */
export const SERVER_VERSION = '1.5.1';
export const SERVER_MODULE = `github.com/temporalio/cli/cmd/temporal@v${SERVER_VERSION}`;

export interface InstallContext {
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
}

/** Puts a working binary at `target`, whole or not at all; throws an `Error` with one line that says why not. */
export type Installer = (target: string, context: InstallContext) => Promise<void>;

/** Milliseconds until the first byte of an answer must be there. */
const CONNECT_LIMIT = 5_000;
/** Milliseconds without a byte until a download counts as stuck. */
const STALL_LIMIT = 30_000;
const BUILD_LIMIT = 20 * 60_000;
const PROGRESS_EVERY = 15_000;

/** Downloads the archive of the pinned version for this platform and unpacks it. */
export const downloadServer: Installer = async (target, { env, log }) => {
  const url = archiveUrl();
  await inDirectoryBeside(target, async (directory) => {
    const archive = join(directory, 'temporal.tar.gz');
    await download(url, archive, log);
    const unpacked = await run('tar', ['-xzf', archive, '-C', directory], { env, timeout: 120_000 });
    if (unpacked.code !== 0) throw new Error(`the archive cannot be unpacked: ${tail(unpacked.output, 1)}`);
    await place(join(directory, 'temporal'), target, env);
  });
};

/** Builds the pinned version with `go install`; the first time takes minutes, most of them for its modules. */
export const buildServer: Installer = async (target, { env, log }) => {
  const version = await run('go', ['version'], { env, timeout: 10_000 }).catch(() => undefined);
  if (version?.code !== 0) throw new Error('Go is not installed');
  await inDirectoryBeside(target, async (directory) => {
    log(`Building the Temporal server with Go, once (some 3 minutes): go install ${SERVER_MODULE}`);
    const started = Date.now();
    let modules = 0;
    const timer = setInterval(() => {
      log(`Building the Temporal server: ${seconds(started)} s${modules ? `, ${modules} modules downloaded` : ''}`);
    }, PROGRESS_EVERY);
    try {
      const built = await run('go', ['install', SERVER_MODULE], {
        env: { ...env, GOBIN: directory },
        timeout: BUILD_LIMIT,
        onLine: (line) => {
          if (line.startsWith('go: downloading ')) modules++;
        },
      });
      if (built.code === null) throw new Error(`go install was ended after ${seconds(started)} s`);
      if (built.code !== 0) throw new Error(`go install failed: ${tail(built.output, 3)}`);
    } finally {
      clearInterval(timer);
    }
    await place(join(directory, 'temporal'), target, env);
    log(`Built the Temporal server in ${seconds(started)} s.`);
  });
};

function archiveUrl(): string {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (process.platform === 'win32') throw new Error('the archive for Windows is a zip, which is not unpacked here');
  if (!arch) throw new Error(`there is no archive for ${process.arch}`);
  return `https://temporal.download/cli/archive/v${SERVER_VERSION}?platform=${process.platform}&arch=${arch}`;
}

async function download(url: string, to: string, log: (line: string) => void): Promise<void> {
  const { origin } = new URL(url);
  const abort = new AbortController();
  let reason = `${origin} does not answer`;
  let limit = setTimeout(() => abort.abort(), CONNECT_LIMIT);
  const started = Date.now();
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      clearTimeout(limit);
      limit = setTimeout(() => abort.abort(), STALL_LIMIT);
      done(null, chunk);
    },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`${origin} answered ${response.status}`);
    reason = `${origin} stopped sending`;
    const total = Number(response.headers.get('content-length')) || undefined;
    log(`Downloading the Temporal server ${SERVER_VERSION} from ${origin}${total ? ` (${mebibytes(total)})` : ''}`);
    timer = setInterval(() => {
      log(`Downloading the Temporal server: ${mebibytes(bytes)}, ${seconds(started)} s`);
    }, PROGRESS_EVERY);
    // Two declarations of one type: the global one of `fetch`, and that of node:stream/web.
    await pipeline(Readable.fromWeb(response.body as ReadableStream), count, createWriteStream(to));
  } catch (error) {
    if (abort.signal.aborted) throw new Error(reason, { cause: error });
    const cause = (error as { cause?: { code?: unknown } }).cause?.code;
    throw typeof cause === 'string' ? new Error(`${origin} cannot be reached (${cause})`, { cause: error }) : error;
  } finally {
    clearTimeout(limit);
    clearInterval(timer);
  }
}

async function inDirectoryBeside(target: string, call: (directory: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const directory = await mkdtemp(join(dirname(target), 'install-'));
  try {
    await call(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** There is no checksum to compare with, so what arrived is run before it takes its place. */
async function place(binary: string, target: string, env: NodeJS.ProcessEnv): Promise<void> {
  await access(binary);
  const reason = await whyNotServer(binary, env);
  if (reason) throw new Error(`what was installed does not work: ${reason}`);
  await rename(binary, target);
}

/** `undefined` when this program is a Temporal CLI that can run the development server; else one line. */
export async function whyNotServer(binary: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const clean = withoutClientSettings(env);
  try {
    const version = await run(binary, ['--version'], { env: clean, timeout: 10_000 });
    if (version.code === null) return 'it does not answer to --version';
    if (version.code !== 0 || !/^temporal version/m.test(version.output)) return 'it is not the Temporal CLI';
    const help = await run(binary, ['server', 'start-dev', '--help'], { env: clean, timeout: 10_000 });
    if (help.code !== 0 || !help.output.includes('--db-filename')) return 'it has no command `server start-dev`';
    return help.output.includes('--http-port') ? undefined : 'it is too old: `server start-dev` has no --http-port';
  } catch (error) {
    return `it cannot be run (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
  }
}

/** `TEMPORAL_*` is for clients; the same program would read it as a server too, and stumble over a missing profile. */
export function withoutClientSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
