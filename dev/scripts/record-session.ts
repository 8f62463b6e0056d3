/** Records the session of docs/start.md with the real CLI, in terminals of two sizes: `npm run session`, then look at the pictures. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SESSION_DIRECTORY, sessionFiles } from './session/files.js';
import { play } from './session/play.js';
import { SCENES, SIZES } from './session/steps.js';

/** Milliseconds from key to key. */
const TYPING = 25;

async function main(): Promise<void> {
  const files: Record<string, string> = {};
  for (const { columns, rows } of SIZES) {
    const onScene = (name: string): void => console.log(`${columns} × ${rows}  ${name}`);
    Object.assign(files, await sessionFiles(await play(SCENES, { columns, rows, typing: TYPING, onScene })));
  }
  rmSync(SESSION_DIRECTORY, { recursive: true, force: true });
  mkdirSync(SESSION_DIRECTORY, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(SESSION_DIRECTORY, name), text);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
