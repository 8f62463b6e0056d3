/** This package: its version, and where its compiled files are. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The compiled root: `dist/`, also when this file runs from its TypeScript source in a test. */
export const BUILT = existsSync(join(__dirname, '..', 'workflow-bundle.js'))
  ? join(__dirname, '..')
  : resolve(__dirname, '..', 'dist');

/** All workflows in one file, as the build leaves it. */
export const WORKFLOW_BUNDLE = join(BUILT, 'workflow-bundle.js');

/** The same workflows with interceptors that make spans of what they do. */
export const TRACED_WORKFLOW_BUNDLE = join(BUILT, 'workflow-bundle-traced.js');

/** Entry of a decoder thread: a thread cannot load TypeScript. */
export const DECODER_THREAD = join(BUILT, 'ingest', 'threads', 'thread.js');

/** The version of Trailmill, from package.json: one directory up from the sources, two from what is built of them. */
export function version(): string {
  for (const up of ['..', '../..']) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(join(__dirname, up, 'package.json'), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'trailmill') return found;
    } catch {
      // Not there: one directory further up.
    }
  }
  return 'unknown';
}
