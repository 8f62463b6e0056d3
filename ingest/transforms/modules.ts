/**
 * The module of a transform, with all that it imports, as one script. Packages are in it too: so every line that runs is
 * known by its hash, and nothing runs outside of the transform's realm. It runs alike on every version of Node, of which
 * only the newest know TypeScript.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Message } from 'esbuild';
import type { TransformRef } from '../../cloudtrail/table-config.js';
import { UserMistake } from '../../errors/index.js';
import { isInside, realPath } from '../../storage/real-path.js';

/** A transform with the modules that it imports, as one script. */
export interface BundledTransform {
  /** CommonJS. */
  script: string;
  /** Hash of each module's bytes, hex, by its path from the directory of the first one, which is the transform itself. */
  hashes: ReadonlyMap<string, string>;
}

/**
 * Throws `UserMistake`: what cannot be read or compiled, and where.
 * @param allowed where modules may lie; absent: anywhere
 */
export function bundleTransform(path: string, allowed?: readonly string[]): BundledTransform {
  readModule(path, path);
  const entry = realPath(path);
  // A module may be written while it is read. What was hashed is what was bundled when a second look gives the same.
  for (let bundled = build(path, entry); ; ) {
    const hashes = new Map(bundled.modules.map((name) => [name, hashOf(path, join(dirname(entry), name), allowed)]));
    const again = build(path, entry);
    if (again.script === bundled.script) return { script: again.script, hashes };
    bundled = again;
  }
}

/** The reference that a run is started with: it names every module. */
export function freezeTransform(path: string, allowed?: readonly string[]): TransformRef {
  const { hashes } = bundleTransform(path, allowed);
  const [[, sha256], ...imported] = hashes;
  // Without imports it is the reference of earlier versions, so that a run's configuration stays the same.
  return { path, sha256, ...(imported.length > 0 && { modules: Object.fromEntries(imported.sort()) }) };
}

/**
 * Every thread of every worker must run the same function, or a run would depend on who did it.
 * Throws `UserMistake` that names the module which is another one than when the run was started.
 */
export function assertUnchanged({ path, sha256, modules }: TransformRef, { hashes }: BundledTransform): void {
  const [[, own], ...imported] = hashes;
  // Without a list: it imports none, or an older version started the run, which looked at the first module only.
  const listed = new Map(modules === undefined ? [] : imported);
  const changed = own === sha256 ? changedOf(modules, listed) : '';
  if (changed === undefined) return;
  throw new UserMistake(
    `The transform ${path} has changed since the run was started${changed}.`,
    'Start the run again: it takes what is not done yet, with the new version.',
  );
}

function changedOf(frozen: TransformRef['modules'] = {}, found: ReadonlyMap<string, string>): string | undefined {
  const names = new Set([...Object.keys(frozen), ...found.keys()]);
  const changed = [...names].filter((name) => frozen[name] !== found.get(name)).sort();
  return changed.length === 0 ? undefined : `: ${changed[0]}, which it imports, is another one`;
}

function hashOf(transform: string, module: string, allowed: readonly string[] | undefined): string {
  if (allowed !== undefined && !isInside(module, allowed)) {
    throw new UserMistake(
      `The transform ${transform} imports ${module}, which is outside of the project ${allowed[0]}.`,
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
      'It must be there, at the same path, on every machine that has a worker.',
      { cause: error },
    );
  }
}

/** The script, and the modules in it, the entry first. */
function build(path: string, entry: string): { script: string; modules: string[] } {
  // Loaded here: most runs have no transform.
  const { buildSync } = require('esbuild') as typeof import('esbuild');
  try {
    const { outputFiles, metafile } = buildSync({
      entryPoints: [entry],
      absWorkingDir: dirname(entry),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: `node${process.versions.node}`,
      write: false,
      metafile: true,
      logLevel: 'silent',
      // A tsconfig.json of the project may ask for anything.
      tsconfigRaw: {},
    });
    const [{ entryPoint = '' }] = Object.values(metafile.outputs);
    const others = Object.keys(metafile.inputs).filter((name) => name !== entryPoint && !name.startsWith('(disabled)'));
    return { script: outputFiles[0].text, modules: [entryPoint, ...others.sort()] };
  } catch (error) {
    const [first] = (error as { errors?: Message[] }).errors ?? [];
    const file = first?.location ? join(dirname(entry), first.location.file) : entry;
    const where = first?.location ? `:${first.location.line}: ${first.location.lineText.trim()}` : '';
    throw new UserMistake(
      `The transform ${file === entry ? path : file}${where} cannot be compiled: ${first?.text ?? (error as Error).message}.`,
      'Correct it, and start the run again.',
      { cause: error },
    );
  }
}
