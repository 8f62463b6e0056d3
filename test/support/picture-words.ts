/** Which words of ours the pictures in docs/images/ show: so that a test can tell when they are older than the words. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** Written by `npm run screenshots` beside the pictures. */
export const PICTURE_WORDS = join(ROOT, 'docs', 'images', 'words.json');

/** What the details, the next step and the static details are made of. */
const SOURCES = ['about', 'details', 'next-step', 'numbers', 'rate'];

/** A checksum of each source, without its comments and line breaks. */
export function pictureWords(): Record<string, string> {
  return Object.fromEntries(
    SOURCES.map((name) => {
      const path = `workflows/${name}.ts`;
      const { code } = transformSync(readFileSync(join(ROOT, path), 'utf8'), { loader: 'ts', minifyWhitespace: true });
      return [path, createHash('sha256').update(code).digest('hex')];
    }),
  );
}
