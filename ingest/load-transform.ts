/**
 * A transform's module → its function, once a thread. The module and what it imports by relative paths, TypeScript and JSON
 * too, are made into one script; packages are looked for beside the module. So it runs alike on every version of Node, of
 * which only the newest know TypeScript.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { types } from 'node:util';
import { compileFunction } from 'node:vm';
import type { TransformRef } from '../cloudtrail/table-config.js';
import type { Transform } from '../cloudtrail/transform.js';
import { UserMistake } from '../errors/index.js';

const loaded = new Map<string, Transform>();

/** Throws `UserMistake`: what is wrong with the module, and where. */
export function loadTransform({ path, sha256 }: TransformRef): Transform {
  const id = `${sha256} ${path}`;
  let transform = loaded.get(id);
  if (transform === undefined) {
    checkUnchanged(path, sha256);
    transform = functionOf(path, evaluate(path, bundle(path)));
    loaded.set(id, transform);
  }
  return transform;
}

/** Every thread of every worker must run the same function, or a run would depend on who did it. */
function checkUnchanged(path: string, sha256: string): void {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserMistake(
      `The transform ${path} cannot be read: ${(error as Error).message}.`,
      'It must be there, at the same path, on every machine that has a worker.',
      { cause: error },
    );
  }
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return;
  throw new UserMistake(
    `The transform ${path} has changed since the run was started.`,
    'Start the run again: it takes what is not done yet, with the new version.',
  );
}

interface Message {
  text: string;
  location: { file: string; line: number; lineText: string } | null;
}

function bundle(path: string): string {
  // Loaded here: most runs have no transform.
  const { buildSync } = require('esbuild') as typeof import('esbuild');
  try {
    const { outputFiles } = buildSync({
      entryPoints: [path],
      absWorkingDir: dirname(path),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: `node${process.versions.node}`,
      packages: 'external',
      write: false,
      logLevel: 'silent',
      // A tsconfig.json of the project may ask for anything.
      tsconfigRaw: {},
    });
    return outputFiles[0].text;
  } catch (error) {
    const [first] = (error as { errors?: Message[] }).errors ?? [];
    const where = first?.location ? `:${first.location.line}: ${first.location.lineText.trim()}` : '';
    throw new UserMistake(
      `The transform ${path}${where} cannot be compiled: ${first?.text ?? (error as Error).message}.`,
      'Correct it, and start the run again.',
      { cause: error },
    );
  }
}

function evaluate(path: string, script: string): unknown {
  const module = { exports: {} as { default?: unknown } };
  try {
    const run = compileFunction(script, ['module', 'exports', 'require', '__filename', '__dirname'], {
      filename: path,
    });
    run.call(module.exports, module, module.exports, createRequire(path), path, dirname(path));
  } catch (error) {
    throw new UserMistake(
      `The transform ${path} cannot be loaded: ${types.isNativeError(error) ? error.message : String(error)}.`,
      'Correct it, and start the run again.',
      { cause: error },
    );
  }
  return module.exports.default ?? module.exports;
}

const KINDS: Partial<Record<string, string>> = {
  '[object AsyncFunction]': 'an async function',
  '[object GeneratorFunction]': 'a generator',
  '[object AsyncGeneratorFunction]': 'an async generator',
};
const EXAMPLE = 'export default function transform(row) { … }';

function functionOf(path: string, exported: unknown): Transform {
  if (typeof exported !== 'function')
    throw new UserMistake(`The transform ${path} has no function as its default export.`, `Write: ${EXAMPLE}`);
  const kind = KINDS[Object.prototype.toString.call(exported)];
  if (kind === undefined) return exported as Transform;
  throw new UserMistake(
    `The transform ${path} is ${kind}.`,
    `It is called for every row and cannot wait. Write: ${EXAMPLE}`,
  );
}
