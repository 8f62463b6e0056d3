/** The server process: detached from the terminal, and stopped together with its owner process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { isSameCommand, type KnownCommand, type KnownProcess, signalProcess, startOf } from '../install/processes.js';

/** Milliseconds from SIGTERM to SIGKILL. The server needs about one second to close its database. */
const STOP_LIMIT = 10_000;

/** The process of an embedded server. */
export interface ServerProcess {
  pid: number;
  /** Resolves when it has ended. The value describes how, for messages. */
  ended: Promise<string>;
  /** Stops it, gracefully first. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Kills it (SIGKILL). Resolves when it has ended. */
  kill(): Promise<void>;
}

/**
 * Starts a program in its own session: Ctrl-C in the terminal only reaches the worker, which stops the server when it has
 * finished. If this process dies in any other way (including SIGKILL), a shell that waits on a pipe stops the server.
 * Output goes to the open file `log`.
 */
export function startServerProcess(
  binary: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; log: number },
): Promise<ServerProcess> {
  const child = spawn(binary, args, {
    detached: true,
    env: options.env,
    stdio: ['ignore', options.log, options.log],
    windowsHide: true,
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `was terminated by ${signal}` : `exited with code ${code}`));
    child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      const pid = child.pid as number;
      const watcher = startWatcher({ pid, started: startOf(pid) ?? '' });
      const atExit = () => child.kill('SIGTERM');
      process.once('exit', atExit);
      // Neither keeps this process alive. When it exits, the watcher stops the server.
      child.unref();
      void ended.then(() => {
        process.removeListener('exit', atExit);
        watcher?.kill('SIGKILL');
      });
      const stop = async () => {
        child.ref();
        child.kill('SIGTERM');
        const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
        await ended;
        clearTimeout(kill);
      };
      const kill = async () => {
        child.ref();
        child.kill('SIGKILL');
        await ended;
      };
      resolve({ pid, ended, stop, kill });
    });
  });
}

/**
 * Waits for the end of its input, then terminates process $1 if it is still the one that started at $2, because the process
 * id may have been reused. Determines the start time like `processes.ts`. $2 is empty if the system does not provide it.
 */
const WATCHER = `
start() {
  if [ -r "/proc/$1/stat" ]; then
    set -- $(sed 's/.*) //' "/proc/$1/stat")
    echo "\${20}"
  else
    set -- $(LC_ALL=C TZ=UTC ps -o lstart= -p "$1")
    echo "\${1}_\${2}_\${3}_\${4}_\${5}"
  fi
}
while read -r _; do :; done
[ -z "$2" ] || [ "$(start "$1")" = "$2" ] && kill -TERM "$1"`;

/**
 * Starts a shell that terminates the given process when this one has ended for any reason: the pipe closes, `read` fails and
 * the loop ends. Returns `undefined` on systems without a POSIX shell.
 */
export function startWatcher({ pid, started }: KnownProcess): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const start = started.split('/').at(-1) ?? '';
  const watcher = spawn('/bin/sh', ['-c', WATCHER, 'sh', String(pid), start], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.once('error', () => {}); // Without a shell the server keeps running; the next start stops it.
  watcher.stdin?.on('error', () => {});
  watcher.unref();
  (watcher.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return watcher;
}

/**
 * Stops a process that is not a child of this one: a server whose owner has died. If another process has its id by now, it is
 * left alone. Throws `UserMistake` if the process cannot be signalled or does not end.
 */
export async function endOrphan(known: KnownCommand): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      if (!signalProcess(known, signal)) return;
    } catch (error) {
      throw notEnded(known, `belongs to another user (${systemCodeOf(error)})`);
    }
    for (const end = Date.now() + STOP_LIMIT; Date.now() < end; await wait(50)) if (!isSameCommand(known)) return;
  }
  throw notEnded(known, 'does not stop');
}

function notEnded({ pid }: KnownCommand, why: string): UserMistake {
  return new UserMistake(
    `A leftover Temporal server of this project (process ${pid}) ${why}.`,
    'End that process, then try again.',
  );
}
