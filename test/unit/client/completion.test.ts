/** Completion in real shells: what is offered after each word. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHELLS, type Shell } from '../../../client/completion/scripts';
import { runCommand } from '../../support/run-command';

const directory = mkdtempSync(join(tmpdir(), 'trailmill-completion-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function scriptOf(shell: Shell): Promise<string> {
  const { stdout, code } = await runCommand(['completion', shell], directory);
  expect(code).toBe(0);
  return stdout;
}

/** Runs a script in a shell; `undefined` if the shell is not installed. */
function inShell(shell: Shell, script: string): string[] | undefined {
  const path = join(directory, `script.${shell}`);
  writeFileSync(path, script);
  const { error, stdout, stderr, status } = spawnSync(shell, [path], { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  if (status !== 0) throw new Error(stderr);
  return stdout.split(/\s+/).filter((word) => word !== '');
}

const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

/** A script that prints what the shell offers for the last word. zsh has no way to ask but in a terminal: its list is printed. */
const ASK: Readonly<Record<Shell, (script: string, words: readonly string[]) => string>> = {
  bash: (script, words) =>
    `${script}\nCOMP_WORDS=(${quoted(words)}); COMP_CWORD=${words.length - 1}; _trailmill; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (script, words) =>
    `compdef() { : }\n_describe() { print -rl -- \${(P)2} | cut -d: -f1 }\n_files() { : }\n${script}\nwords=(${quoted(words)}); CURRENT=${words.length}; _trailmill`,
  fish: (script, words) => `${script}\ncomplete -C ${quoted([words.join(' ')])} | cut -f1`,
};

describe.each(SHELLS)('%s', (shell) => {
  it.each([
    [
      ['trailmill', ''],
      ['backfill', 'query', 'completion'],
      ['start', 'latest'],
    ],
    [['trailmill', 'backfill', ''], ['start', 'status', 'terminate'], ['query']],
    [['trailmill', '--project', 'x', 'backfill', 'status', ''], ['latest'], ['start']],
    [
      ['trailmill', 'backfill', 'start', '--'],
      ['--from', '--watch', '--project'],
      ['--dry-run', 'start'],
    ],
    [['trailmill', 'completion', ''], [...SHELLS], ['backfill']],
  ])('offers what fits after %p', async (words, some, none) => {
    const offered = inShell(shell, ASK[shell](await scriptOf(shell), words));
    if (offered === undefined) {
      console.warn(`${shell} is not installed: its completion was not tried.`);
      return;
    }
    expect(offered).toEqual(expect.arrayContaining(some));
    for (const word of none) expect(offered).not.toContain(word);
  });
});

it('names the shells that it knows', async () => {
  const { code, stderr } = await runCommand(['completion', 'tcsh'], directory);
  expect(code).toBe(2);
  expect(stderr).toContain('Use one of bash, zsh, fish.');
});
