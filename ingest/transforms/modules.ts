/**
 * Bundles the module of a transform and everything it imports, including packages, as one script. So all code is covered by
 * hashes, and no code runs outside of the transform's realm. Bundling also makes TypeScript work on every version of Node,
 * because only the newest ones support it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Message } from 'esbuild';
import type { TransformRef } from '../../cloudtrail/table-config.js';
import { UserMistake } from '../../errors/index.js';
import { isInside, realPath } from '../../storage/real-path.js';

/** The types of a transform, for editors. It exports nothing at run time, so it need not be installed on workers. */
export const TYPES_MODULE = 'trailmill/transform';

/** The cure of a mistake in a transform. */
export const CORRECT_IT = 'Correct it, test it with `trailmill check`, then start the run again.';

/** A transform with the modules that it imports, as one script. */
export interface BundledTransform {
  /** CommonJS. */
  script: string;
  /** SHA-256 of each module, hex, by its path relative to the directory of the transform, which is the first module. */
  hashes: ReadonlyMap<string, string>;
}

/**
 * Bundles a transform. Throws `UserMistake` with the place if a module cannot be read or compiled, or is not allowed.
 * @param allowed files and directories that it may load modules from; absent means all
 */
export function bundleTransform(path: string, allowed?: readonly string[]): BundledTransform {
  readModule(path, path);
  const entry = realPath(path);
  // A module may change while it is read. If a second build gives the same script, the hashes match the bundled modules.
  for (let bundled = build(path, entry); ; ) {
    const hashes = new Map(bundled.modules.map((name) => [name, hashOf(path, join(dirname(entry), name), allowed)]));
    const again = build(path, entry);
    if (again.script === bundled.script) return { script: again.script, hashes };
    bundled = again;
  }
}

/** Returns the reference that a run is started with, which lists every module. Throws like {@link bundleTransform}. */
export function freezeTransform(path: string, allowed?: readonly string[]): TransformRef {
  const { hashes } = bundleTransform(path, allowed);
  const [[, sha256], ...imported] = hashes;
  // Without imports it equals the reference of earlier versions, so that a run's configuration stays the same.
  return { path, sha256, ...(imported.length > 0 && { modules: Object.fromEntries(imported.sort()) }) };
}

/**
 * Checks that a bundle is the one that the run was started with: every thread of every worker must run the same code. Throws
 * `UserMistake` with the module that has changed.
 */
export function assertUnchanged({ path, sha256, modules }: TransformRef, { hashes }: BundledTransform): void {
  const [[, own], ...imported] = hashes;
  // Without a list of modules it imports none, or an older version started the run, which only hashed the first module.
  const listed = new Map(modules === undefined ? [] : imported);
  const changed = own === sha256 ? changedOf(modules, listed) : '';
  if (changed === undefined) return;
  throw new UserMistake(
    `The transform ${path} has changed since the run was started${changed}.`,
    'Start the run again: it ingests the rest with the new version.',
  );
}

function changedOf(frozen: TransformRef['modules'] = {}, found: ReadonlyMap<string, string>): string | undefined {
  const names = new Set([...Object.keys(frozen), ...found.keys()]);
  const changed = [...names].filter((name) => frozen[name] !== found.get(name)).sort();
  return changed.length === 0 ? undefined : `: ${changed[0]}, which it imports, is different`;
}

function hashOf(transform: string, module: string, allowed: readonly string[] | undefined): string {
  if (allowed !== undefined && !isInside(module, allowed)) {
    throw new UserMistake(
      `The transform ${transform} imports ${module}, which is outside the project ${allowed[0]}.`,
      'Move it into the project, or add it to worker.allow.files of temporal.yaml.',
    );
  }
  return createHash('sha256').update(readModule(transform, module)).digest('hex');
}

function readModule(transform: string, module: string): Buffer {
  try {
    return readFileSync(module);
  } catch (error) {
    const what =
      module === transform ? `The transform ${module}` : `${module}, which the transform ${transform} imports,`;
    throw new UserMistake(
      `${what} cannot be read: ${(error as Error).message}.`,
      'It must exist at the same path on every machine that runs a worker.',
      { cause: error },
    );
  }
}

/** Returns the script of a transform with an inline source map at its end. */
export function mappedScript(path: string): string {
  return bundle(realPath(path), 'inline').outputFiles[0].text;
}

function bundle(entry: string, sourcemap: false | 'inline') {
  // Loaded on demand, because most runs have no transform.
  const { buildSync } = require('esbuild') as typeof import('esbuild');
  return buildSync({
    entryPoints: [entry],
    absWorkingDir: dirname(entry),
    bundle: true,
    external: [TYPES_MODULE],
    platform: 'node',
    format: 'cjs',
    target: `node${process.versions.node}`,
    write: false,
    metafile: true,
    sourcemap,
    sourcesContent: false,
    logLevel: 'silent',
    // Do not use the project's tsconfig.json, which may have any settings.
    tsconfigRaw: {},
  });
}

/** Returns the script and its modules, the entry first. */
function build(path: string, entry: string): { script: string; modules: string[] } {
  try {
    const { outputFiles, metafile } = bundle(entry, false);
    const [{ entryPoint = '' }] = Object.values(metafile.outputs);
    const others = Object.keys(metafile.inputs).filter((name) => name !== entryPoint && !name.startsWith('(disabled)'));
    return { script: outputFiles[0].text, modules: [entryPoint, ...others.sort()] };
  } catch (error) {
    const [first] = (error as { errors?: Message[] }).errors ?? [];
    const file = first?.location ? join(dirname(entry), first.location.file) : entry;
    const where = first?.location ? `:${first.location.line}: ${first.location.lineText.trim()}` : '';
    throw new UserMistake(
      `The transform ${file === entry ? path : file}${where} cannot be compiled: ${first?.text ?? (error as Error).message}.`,
      CORRECT_IT,
      { cause: error },
    );
  }
}
