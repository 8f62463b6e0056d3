/** Bundles programs of tests into one file each, so that a process that runs one does not compile the sources again. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Files in it can import the packages of this project. */
const CACHE = join(__dirname, '../../node_modules/.cache/trailmill');

/** Bundles a program of this folder without its packages. Returns its path in a new directory, which the caller removes. */
export function bundled(name: string): string {
  mkdirSync(CACHE, { recursive: true });
  const outfile = join(mkdtempSync(join(CACHE, 'test-')), name.replace(/\.ts$/, '.cjs'));
  buildSync({
    entryPoints: [join(__dirname, name)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
  });
  return outfile;
}
