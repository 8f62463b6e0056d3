/** How a command is defined: lazily loaded, and with its mistakes thrown instead of printed. */
import type { Command as Program } from 'commander';
import type { Command, GlobalOptions } from '../session/context.js';
import type { Io } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';

/** What the definition of a command needs of the process. */
export interface ProgramEnvironment {
  io: Io;
  output: Output;
  /** Told before a mistake is thrown: which help page fits. */
  onHelpPage: (page: string) => void;
  onExitCode: (code: number) => void;
}

/** A command's module: loaded when it is run. */
export type Load<Options extends GlobalOptions> = () => Promise<{ run: Command<Options> }>;

/** A command that loads its module when it runs. */
export function define<Options extends GlobalOptions>(
  parent: Program,
  name: string,
  environment: ProgramEnvironment,
  load: Load<Options>,
): Program {
  const { io, output, onExitCode, onHelpPage } = environment;
  const command = parent.command(name);
  overrideExit(command, environment);
  return command.action(async () => {
    onHelpPage(helpPage(command));
    const { run } = await load();
    onExitCode(await run({ io, output, options: command.optsWithGlobals<Options>(), words: command.args }));
  });
}

/** Throws instead of leaving the process, and remembers which command was meant. */
export function overrideExit(command: Program, environment: ProgramEnvironment): void {
  command.exitOverride((error) => {
    environment.onHelpPage(helpPage(command));
    throw error;
  });
}

function helpPage(command: Program): string {
  const names: string[] = [];
  for (let at: Program | null = command; at !== null; at = at.parent) names.unshift(at.name());
  return `${names.join(' ')} --help`;
}
