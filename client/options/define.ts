/** Defines commands that load their module when they run, and throw errors instead of printing them. */
import type { Command as Program } from 'commander';
import type { Command, GlobalOptions } from '../session/context.js';
import { givenFlags } from '../terminal/command-lines.js';
import type { Io } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';

/** What command definitions need from the process. */
export interface ProgramEnvironment {
  io: Io;
  output: Output;
  /** Called before an error is thrown, with the help page of the command. */
  onHelpPage: (page: string) => void;
  onExitCode: (code: number) => void;
}

/** Loads the module of a command. */
export type Load<Options extends GlobalOptions> = () => Promise<{ run: Command<Options> }>;

/** Adds a command to `parent`. Its module is loaded when it runs. */
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
    const options = command.optsWithGlobals<Options>();
    output.repeatFlags(givenFlags(options));
    const { run } = await load();
    onExitCode(await run({ io, output, options, args: command.args }));
  });
}

/** Makes commander throw instead of exiting the process, and reports the help page of the command. */
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
