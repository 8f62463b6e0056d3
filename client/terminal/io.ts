/** What a command uses of its process. Tests run commands with their own streams and clock. */
import { setMaxListeners } from 'node:events';

import { text } from 'node:stream/consumers';

/** A stream that text is written to. */
interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Calls back once the buffer has drained, after a `write` that returned `false`. */
  once?(event: 'drain', then: () => void): unknown;
}

/** Writes with backpressure: waits for the reader, so that a result of any size fits into memory. */
export async function writeAll(sink: TextSink, text: string): Promise<void> {
  if (text === '' || sink.write(text) !== false || sink.once === undefined) return;
  await new Promise<void>((resolve) => sink.once?.('drain', resolve));
}

/** A terminal that lines are read from. */
export interface Terminal {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
}

/** The streams, environment, clock and signals of the process. */
export interface Io {
  stdout: TextSink;
  stderr: TextSink;
  /** Reads standard input to its end. */
  readStdin(): Promise<string>;
  /** Asks a question on the terminal; `undefined` if stdin or stderr is not one: then there is nobody to ask. */
  ask(question: string): Promise<string | undefined>;
  /** Whether standard input is a terminal: reading it would wait for someone to type. */
  inputIsTerminal?(): boolean;
  /** The terminal, if both standard input and output are one. */
  terminal?(): Terminal | undefined;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back at each Ctrl-C (and SIGTERM) until the returned function is called. */
  onInterrupt(handler: (signal?: string) => void): () => void;
  /** Exits immediately: for the second Ctrl-C. */
  exit(code: number): void;
}

/** The {@link Io} of the real process. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    readStdin: () => text(process.stdin),
    ask,
    inputIsTerminal: () => process.stdin.isTTY === true,
    terminal() {
      const { stdin: input, stdout: output } = process;
      return input.isTTY === true && output.isTTY === true ? { input, output } : undefined;
    },
    cwd: process.cwd(),
    env: process.env,
    now: Date.now,
    onInterrupt(handler) {
      process.on('SIGINT', handler);
      process.on('SIGTERM', handler);
      return () => {
        process.off('SIGINT', handler);
        process.off('SIGTERM', handler);
      };
    },
    exit: (code) => process.exit(code),
  };
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } catch {
    // Ctrl-C or Ctrl-D.
    return '';
  } finally {
    terminal.close();
  }
}

/** The exit code of shells for SIGINT: 128 + 2. */
export const INTERRUPTED = 130;

/** Runs `work` with a signal that the first Ctrl-C aborts; the second one ends the process at once. */
export async function withInterrupt<T>(
  io: Io,
  work: (signal: AbortSignal) => Promise<T>,
  onFirst?: () => void,
): Promise<T> {
  const controller = new AbortController();
  // Every concurrent storage call adds a listener: this is not a leak, so Node must not warn about one.
  setMaxListeners(0, controller.signal);
  const unsubscribe = io.onInterrupt(() => {
    if (controller.signal.aborted) {
      io.exit(INTERRUPTED);
      return;
    }
    onFirst?.();
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } finally {
    unsubscribe();
  }
}

/**
 * A signal that is never aborted, for reads before anything is written: Ctrl-C then simply ends the process. Many storage
 * calls may listen to it at once.
 */
export function neverAborted(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits until the time has passed or the signal is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Resolves like `answer`, but rejects as soon as the signal is aborted: Ctrl-C must not wait for a pending request. */
export function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const refuse = (): void => reject(signal.reason);
    if (signal.aborted) refuse();
    signal.addEventListener('abort', refuse, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', refuse));
  });
}
