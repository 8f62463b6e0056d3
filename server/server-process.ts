/** The server as a process of the system: started apart from the terminal, ended with its owner. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { isSameCommand, type KnownCommand, type KnownProcess, signalProcess, startOf } from '../install/processes.js';

/** Milliseconds from SIGTERM to SIGKILL. The server needs about one second to close its database. */
const STOP_LIMIT = 10_000;

/** The process of an embedded server. */
export interface ServerProcess {
  pid: number;
  /** Resolves when it has ended; the value says how, for a message. */
  ended: Promise<string>;
  /** Ends it gently first; resolves when it is gone. */
  stop(): Promise<void>;
  /** Cuts it off (SIGKILL); resolves when it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts a program in a session of its own: Ctrl-C in the terminal goes to the worker alone, which stops the server when
 * it has finished. Should this process die in any other way (SIGKILL too), a shell that waits on a pipe ends the server.
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
    child.once('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `exited with code ${code}`));
    child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      const pid = child.pid as number;
      const watcher = watchOver({ pid, started: startOf(pid) ?? '' });
      const atExit = () => child.kill('SIGTERM');
      process.once('exit', atExit);
      // Neither keeps this process from ending: the watcher sees to the server then.
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
 * Waits for the end of its input, then ends process $1 if it still is the one that started at $2: by then somebody else
 * may have got its id. Finds the start as `processes.ts` does. Where the system does not say it, $2 is empty.
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
 * Ends the process when this one is gone, however it went: the pipe closes then, `read` fails and the loop ends. `undefined`
 * where there are no shells.
 */
export function watchOver({ pid, started }: KnownProcess): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const start = started.split('/').at(-1) ?? '';
  const watcher = spawn('/bin/sh', ['-c', WATCHER, 'sh', String(pid), start], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.once('error', () => {}); // Without a shell the server lives on; the next start ends it.
  watcher.stdin?.on('error', () => {});
  watcher.unref();
  (watcher.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return watcher;
}

/**
 * Ends a process that is not a child of this one: a server whose owner died. Whatever else has got its id is left alone.
 * Throws `UserMistake` where it may not or does not end.
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
  throw notEnded(known, 'does not end');
}

function notEnded({ pid }: KnownCommand, why: string): UserMistake {
  return new UserMistake(
    `A Temporal server of this project (process ${pid}) whose owner is gone ${why}.`,
    'End that process, then try again.',
  );
}
