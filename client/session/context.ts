/** What every command is given: its process, its output, its options and its words. */
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

/** What every command gets. */
export interface CommandContext<Options extends GlobalOptions = GlobalOptions> {
  io: Io;
  output: Output;
  options: Options;
  /** What stands on the command line without an option's name. */
  words: readonly string[];
}

/** Does the work and answers with the exit code; mistakes and failures are thrown. */
export type Command<Options extends GlobalOptions = GlobalOptions> = (
  context: CommandContext<Options>,
) => Promise<number>;
