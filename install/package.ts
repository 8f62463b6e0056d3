/** This package: its version and the location of its compiled files. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The directory of the compiled files, `dist/`, even if this file runs from its TypeScript source in a test. */
export const BUILT = existsSync(join(__dirname, '..', 'workflow-bundle.js'))
  ? join(__dirname, '..')
  : resolve(__dirname, '..', 'dist');

/** The bundle of all workflows, created by the build. */
export const WORKFLOW_BUNDLE = join(BUILT, 'workflow-bundle.js');

/** The workflow bundle with interceptors that create trace spans. */
export const TRACED_WORKFLOW_BUNDLE = join(BUILT, 'workflow-bundle-traced.js');

/** Entry point of decoder threads. Compiled, because a thread cannot load TypeScript. */
export const DECODER_THREAD = join(BUILT, 'ingest', 'threads', 'thread.js');

/** Entry point of the processes that run transforms. */
export const TRANSFORM_PROCESS = join(BUILT, 'ingest', 'transforms', 'process.js');

/** Entry point of the compaction thread. */
export const COMPACTION_THREAD = join(BUILT, 'compact', 'thread.js');

/** The commit that a build was made from. */
export interface BuildCommit {
  /** 40 hexadecimal digits. */
  commit: string;
  /** The day of the commit, YYYY-MM-DD. */
  date: string;
  /** Whether files differed from the commit. */
  changed: boolean;
}

/** The commit of this build; `undefined` if it was not built from a clone of the repository. */
export function buildCommit(): BuildCommit | undefined {
  try {
    return JSON.parse(readFileSync(join(BUILT, 'build.json'), 'utf8')) as BuildCommit;
  } catch {
    return undefined;
  }
}

/** The installed version of a package that Trailmill depends on; `undefined` if it is missing. */
export function dependencyVersion(name: string): string | undefined {
  try {
    return JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** The version of Trailmill from package.json, which is one directory above the sources and two above the compiled files. */
export function version(): string {
  for (const up of ['..', '../..']) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(join(__dirname, up, 'package.json'), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'trailmill') return found;
    } catch {
      // Not found: try the next directory up.
    }
  }
  return 'unknown';
}
