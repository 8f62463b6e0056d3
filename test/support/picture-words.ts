/** Trailmill's texts in the pictures of docs/images/, so that a test can detect pictures that are older than the texts. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** Written by `npm run screenshots` next to the pictures. */
export const PICTURE_WORDS = join(ROOT, 'docs', 'images', 'words.json');

/** The sources of the details, the next step and the static details. */
const SOURCES = [
  'workflows/ui/about.ts',
  'workflows/ui/details.ts',
  'workflows/ui/expected.ts',
  'workflows/ui/known-text.ts',
  'workflows/ui/next-step.ts',
  'workflows/ui/rate.ts',
  'workflows/ui/reason-text.ts',
  'text/numbers.ts',
];

/** A checksum of each source, without its comments, line breaks and imports. */
export function pictureWords(): Record<string, string> {
  return Object.fromEntries(
    SOURCES.map((path) => {
      const { code } = transformSync(readFileSync(join(ROOT, path), 'utf8'), { loader: 'ts', minifyWhitespace: true });
      const words = code.replace(/import\b[^;]*?from"[^"]*";/g, '');
      return [path, createHash('sha256').update(words).digest('hex')];
    }),
  );
}
