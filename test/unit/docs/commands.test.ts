/** The commands on the pages: what they name exists, and the command line takes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command as Program } from 'commander';
import { createProgram } from '../../../client/program';
import { codeBlocks, PAGES, pageText, shellCommands } from '../../support/docs';

/** Programs that no test runs as the pages have them, and why. */
const OTHERS: Record<string, string> = {
  aws: 'needs an AWS account; test/integration/integrity/evidence and iam/iam-policy use what it would give',
  cat: 'shows a file of the sample',
  cd: 'of the shell',
  docker: 'test/integration/deploy/deploy-container builds and runs the image',
  done: 'of the shell',
  do: 'of the shell',
  echo: 'of the shell',
  find: 'of the shell: copies metadata with aws',
  head: 'shows the beginning of a file',
  kubectl: 'needs a cluster; test/integration/deploy checks the manifests',
  mkdir: 'of the shell',
  openssl: 'test/integration/integrity/evidence runs it over evidence',
  'spark-sql': 'npm run verify:spark runs Spark with these settings',
  temporal: 'test/integration/workflows/control sends these updates',
  while: 'of the shell',
};

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

test('every other program has a reason why no test runs it here', () => {
  const names = new Set(SHELL.map(([, [name]]) => name));
  const known = (name: string): boolean => name === 'trailmill' || name === 'npm' || name in OTHERS;
  expect([...names].filter((name) => !known(name))).toEqual([]);
  expect(Object.keys(OTHERS).filter((name) => !names.has(name))).toEqual([]);
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
