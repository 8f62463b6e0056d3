/** The context of a command: its process, its output, its options and its arguments. */
import type { Io } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';

/** The options that all commands have. */
export interface GlobalOptions {
  project?: string;
  json?: boolean;
  address?: string;
  namespace?: string;
  taskQueue?: string;
  tls?: boolean;
}

/** The context that every command receives. */
export interface CommandContext<Options extends GlobalOptions = GlobalOptions> {
  io: Io;
  output: Output;
  options: Options;
  /** The positional arguments of the command line. */
  args: readonly string[];
}

/** Runs the command and resolves with the exit code; throws on errors. */
export type Command<Options extends GlobalOptions = GlobalOptions> = (
  context: CommandContext<Options>,
) => Promise<number>;
