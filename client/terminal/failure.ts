/** Turns any thrown value into a message, a hint and an exit code. */
import { GRPC, hasGrpcCode } from '../../cluster/grpc.js';
import { TrailmillError } from '../../errors/index.js';
import { printableLines } from '../../text/printable.js';

/** Exit codes, documented in every `--help`. */
export const EXIT = { ok: 0, failedWork: 1, mistake: 2 } as const;

/** What is printed for an error, and the exit code. */
interface CommandFailure {
  message: string;
  cure?: string;
  exitCode: number;
  /** Only with TRAILMILL_DEBUG=1: a stack trace does not help a user who mistyped a date. */
  stack?: string;
}

/** The command line was valid, but the work failed: exit code 1. */
export class WorkFailed extends Error {
  override readonly name = 'WorkFailed';
  constructor(
    message: string,
    readonly cure?: string,
  ) {
    super(message);
  }
}

/** Renders a failure: what is wrong, and what to do. Names in both are already escaped; each may span several lines. */
export function renderFailure({ message, cure }: Pick<CommandFailure, 'message' | 'cure'>): string {
  return printableLines(cure === undefined ? `trailmill: ${message}` : `trailmill: ${message}\n  ${cure}`);
}

/** The failure to print for a thrown value. `help`: the help page of the command. */
export function commandFailure(error: unknown, env: NodeJS.ProcessEnv, help: string): CommandFailure {
  const stack = env.TRAILMILL_DEBUG === '1' && error instanceof Error ? { stack: error.stack } : {};
  if (isCommanderError(error)) return { ...usageFailure(error, help), ...stack };
  if (error instanceof TrailmillError) {
    const exitCode = error.name === 'UserMistake' ? EXIT.mistake : EXIT.failedWork;
    return { message: error.message.trim(), cure: error.cure, exitCode, ...stack };
  }
  if (error instanceof WorkFailed) {
    return { message: error.message, cure: error.cure, exitCode: EXIT.failedWork, ...stack };
  }
  if (isServerGone(error)) {
    return {
      message: `The Temporal server stopped answering: ${oneLine(error.message)}`,
      cure: 'Work that was started continues once the server is back: start it again with `trailmill dev`.',
      exitCode: EXIT.failedWork,
      ...stack,
    };
  }
  return {
    message: `Unexpected error: ${oneLine(error instanceof Error ? error.message : String(error))}`,
    cure: env.TRAILMILL_DEBUG === '1' ? undefined : 'Set TRAILMILL_DEBUG=1 to see where it happened.',
    exitCode: EXIT.failedWork,
    ...stack,
  };
}

interface CommanderLike extends Error {
  code: string;
  exitCode: number;
}

/** Checks the shape, so that only the definition of the program has to load commander. */
export function isCommanderError(error: unknown): error is CommanderLike {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('commander.') && 'exitCode' in error
  );
}

function usageFailure(error: CommanderLike, help: string): CommandFailure {
  if (error.code === 'commander.help') {
    return { message: 'No command was given.', cure: `See \`${help}\`.`, exitCode: EXIT.mistake };
  }
  const text = error.message.replace(/^error: /, '');
  const meant = /\(Did you mean (?:one of )?(.+?)\?\)/.exec(text)?.[1];
  const message = sentence(text.replace(/\s*\(Did you mean .+?\?\)/, ''));
  const cure = `${meant === undefined ? '' : `Did you mean ${meant}? `}See \`${help}\`.`;
  return { message, cure, exitCode: EXIT.mistake };
}

function sentence(text: string): string {
  const line = oneLine(text);
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}${/[.!?]$/.test(line) ? '' : '.'}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** True if the error means that the server does not respond. */
export function isServerGone(error: unknown): error is Error {
  return hasGrpcCode(error, GRPC.UNAVAILABLE, GRPC.DEADLINE_EXCEEDED);
}
