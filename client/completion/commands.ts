/** `trailmill completion`: its options and help. */
import type { Command as Program } from 'commander';
import { UserMistake } from '../../errors/index.js';
import { define, type ProgramEnvironment } from '../options/define.js';
import { EXIT_CODES, examples } from '../terminal/help.js';
import { type CompletionTree, SHELLS, type Shell } from './scripts.js';

/** Defines `trailmill completion`, for all commands of the program. */
export function defineCompletion(program: Program, environment: ProgramEnvironment): void {
  define(program, 'completion', environment, async () => {
    const { completion } = await import('./completion.js');
    return { run: completion(() => treeOf(program)) };
  })
    .description('print the completion script of a shell')
    .argument('<shell>', SHELLS.join(', '), shellOf)
    .addHelpText(
      'after',
      examples(
        ['eval "$(trailmill completion bash)"', 'in ~/.bashrc'],
        ['source <(trailmill completion zsh)', 'in ~/.zshrc, after compinit'],
        ['trailmill completion fish | source', 'in ~/.config/fish/config.fish'],
      ) + EXIT_CODES,
    );
}

function shellOf(text: string): Shell {
  const known = SHELLS.find((shell) => shell === text);
  if (known !== undefined) return known;
  throw new UserMistake(`There is no completion script for "${text}".`, `Use one of ${SHELLS.join(', ')}.`);
}

function treeOf(command: Program): CompletionTree {
  const about = firstLine(command.description());
  return {
    name: command.name(),
    about,
    options: command.options
      .filter(({ long }) => long !== undefined && long !== null)
      .map(({ long, description }) => ({ word: long as string, about: firstLine(description) })),
    values: VALUES[command.name()] ?? [],
    commands: command.commands.map(treeOf),
  };
}

const LATEST = [{ word: 'latest', about: 'the backfill that was started last' }];
const SCHEDULES = [
  { word: 'recent', about: 'the frequent schedule' },
  { word: 'deep', about: 'the schedule that looks a month back' },
];

/** First arguments that are known words, by the name of the command. */
const VALUES: Readonly<Record<string, CompletionTree['values']>> = {
  completion: SHELLS.map((word) => ({ word, about: `the script for ${word}` })),
  open: [...LATEST, { word: 'schedules', about: 'the list of schedules' }],
  ...Object.fromEntries(['status', 'cancel', 'terminate', 'window'].map((name) => [name, LATEST])),
  ...Object.fromEntries(['describe', 'trigger', 'delete'].map((name) => [name, SCHEDULES])),
};

function firstLine(text: string): string {
  return text.split('\n')[0];
}
