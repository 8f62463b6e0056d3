/** `trailmill check` on a project with one mistake: what a newcomer reads, who has to find the line and what to write there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ExpectedMistake, type Files, MISTAKES, SOURCE } from '../../support/mistakes';
import { runCommand } from '../../support/run-command';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-mistakes-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** All that is printed on stderr, without the directory of the test. */
async function check(files: Files): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(project, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const { code, stdout, stderr } = await runCommand(['check'], project);
  expect([code, stdout]).toEqual([2, '']);
  return stderr.replaceAll(project, '<project>');
}

/** The whole output for the mistakes of a row. */
function output(mistakes: readonly ExpectedMistake[]): string {
  const [[at, message, cure]] = mistakes;
  if (at === '') return `trailmill: ${message}\n  ${cure}\n`;
  const count = mistakes.length === 1 ? 'an error' : `${mistakes.length} errors`;
  const lines = mistakes.map(([place, what]) => `  ${fullPlace(place)}  ${what}\n`).join('');
  return `trailmill: The configuration in <project> has ${count}:\n${lines}  Correct the lines above; nothing was started.\n`;
}

function fullPlace(at: string): string {
  if (/^\d/.test(at)) return `${SOURCE}:${at}`;
  return at.startsWith('temporal.yaml') ? at : join(dirname(SOURCE), at);
}

describe.each(Object.entries(MISTAKES))('%s', (_, rows) => {
  test.each(rows)('%s', async (_what, files, ...mistakes) => {
    expect(await check(files)).toBe(output(mistakes));
  });
});
