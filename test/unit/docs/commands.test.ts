/**
 * The commands on the pages: what they name exists, and the command line takes them. Quick, and also for the pages of developers;
 * test/integration/docs/commands and first-steps run those of README.md and docs/.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command as Program } from 'commander';
import { createProgram } from '../../../client/program';
import { codeBlocks, PAGES, pageText, shellCommands } from '../../support/docs';
import { STAND_INS } from '../../support/docs-commands';

/** Programs of every machine that test/integration/docs/commands runs, words of the shell, and `temporal`, which it brings along. */
const RUN = ['cat', 'cd', 'do', 'done', 'echo', 'find', 'head', 'mkdir', 'openssl', 'temporal', 'while'];

const SHELL = PAGES.flatMap(codeBlocks)
  .filter(({ language }) => language === 'sh')
  .flatMap(({ page, section, code }) =>
    shellCommands(code).map((words) => [`${page}, ${section}: ${words.join(' ')}`, words] as const),
  );
const { scripts } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));

/** The command line, whose commands do nothing. */
function program(): Program {
  const sink = { write: () => {} };
  const io = { stdout: sink, stderr: sink, env: {} };
  const environment = { io, output: {}, onHelpPage: () => {}, onExitCode: () => {} };
  const root = createProgram(environment as unknown as Parameters<typeof createProgram>[0]);
  const idle = (command: Program): void => {
    if (command.commands.length === 0) command.action(() => {});
    for (const one of command.commands) idle(one);
  };
  idle(root);
  return root;
}

test('words are split as a shell does it', () => {
  expect(
    shellCommands(
      `A=1 B='x y' run --one "a \\"b\\" $C" 'd e' > f.txt && cd g   # away\n\nh | i \\\n  j # "k\nm=n o -p`,
    ),
  ).toEqual([['run', '--one', 'a "b" $C', 'd e'], ['cd', 'g'], ['h'], ['i', 'j'], ['m=n', 'o', '-p']]);
});

test('the pages have commands', () => {
  expect(SHELL.filter(([, [name]]) => name === 'trailmill').length).toBeGreaterThan(90);
});

test.each(SHELL.filter(([, [name]]) => name === 'trailmill'))('%s', async (_, [, ...argv]) => {
  const printed: Record<string, string> = { '--help': 'commander.helpDisplayed', '--version': 'commander.version' };
  const refused = await program()
    .parseAsync(argv, { from: 'user' })
    .then(
      () => undefined,
      (error) => error.code ?? error.message,
    );
  expect(refused).toBe(printed[argv.at(-1) ?? '']);
});

test('npm runs scripts that there are', () => {
  const ran = SHELL.filter(([, words]) => words[0] === 'npm' && words[1] === 'run').map(([, words]) => words[2]);
  expect(ran.length).toBeGreaterThan(10);
  expect(ran.filter((name) => !(name in scripts))).toEqual([]);
});

test('every program is run, or has a reason why another one stands in for it', () => {
  const names = new Set(SHELL.map(([, [name]]) => name));
  const known = ['trailmill', ...RUN, ...Object.keys(STAND_INS)];
  expect([...names].filter((name) => !known.includes(name))).toEqual([]);
  expect(known.filter((name) => !names.has(name))).toEqual([]);
});

/** `trailmill backfill start --from …` within a sentence or a table, with its placeholders. */
const MENTIONED = PAGES.flatMap((page) =>
  [...pageText(page).matchAll(/`trailmill ((?:[^`"']|"[^"]*"|'[^']*')+)`/g)].map(([, text]) => [page, text] as const),
);

test.each(MENTIONED)('%s: trailmill %s', (_, text) => {
  const [words = []] = shellCommands(text.replaceAll(/[…[\]|]/g, ' '));
  let command = program();
  const known = new Set<string>();
  const learn = (): void => {
    for (const { long } of command.options) known.add(long ?? '');
  };
  learn();
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    command = next;
    learn();
  }
  expect(command.parent !== null || /^(COMMAND|--)/.test(text)).toBe(true);
  expect(
    words.filter((word) => /^--[a-z]/.test(word) && !known.has(word) && word !== '--help' && word !== '--version'),
  ).toEqual([]);
});
