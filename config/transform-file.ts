/** `transform:` of log_source.yml and of a table's file: a module with a function over rows. VRL programs are detected. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import type { TransformRef } from '../cloudtrail/table-config.js';
import { outsideReason } from './allowed.js';
import { isMapping, quotedValue } from './field-types.js';
import type { YamlFile } from './yaml-file.js';

const EXTENSIONS = ['.ts', '.js', '.mjs'];
const EXAMPLE = 'transform: ./transform.ts';
const HELP = 'docs/configuration.md, Transforms';

/**
 * Reads the module that the file names; `undefined` if there is none. Paths are relative to the project; mistakes are reported
 * to the file. `allowed`: the directories and files that may be used.
 */
export function readTransform(
  file: YamlFile<unknown>,
  projectDir: string,
  allowed: readonly string[],
): TransformRef | undefined {
  const value = isMapping(file.raw) ? file.raw.transform : undefined;
  if (value === undefined) return undefined;
  const vrl = vrlOf(value);
  if (vrl !== undefined) {
    file.report(['transform'], vrlMessage(vrl), 'key');
    return undefined;
  }
  if (typeof value !== 'string' || !isModule(value)) {
    file.report(
      ['transform'],
      `transform is ${quotedValue(value)}. Allowed: the path of a .ts, .js or .mjs file, such as ${EXAMPLE}.`,
    );
    return undefined;
  }
  const path = resolve(projectDir, value);
  const outside = outsideReason(path, allowed);
  if (outside !== undefined) {
    file.report(['transform'], outside);
    return undefined;
  }
  try {
    return { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
  } catch (error) {
    file.report(['transform'], `${unreadableReason(path, error)}${locationHint(file, value, projectDir)}`);
    return undefined;
  }
}

/** Returns the message for a file that could not be read. */
export function unreadableReason(path: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return `There is no file ${path}. Paths are relative to the project.`;
  if (code === 'EISDIR') return `${path} is a directory. Specify a file in it.`;
  return `${path} cannot be read (${code}). Give the user that runs Trailmill access to it.`;
}

/** A hint if the module is next to the file that names it, where users may also put it. */
function locationHint(file: YamlFile<unknown>, value: string, projectDir: string): string {
  const beside = join(projectDir, dirname(file.name), value);
  return existsSync(beside) ? ` It is next to this file: write ./${relative(projectDir, beside)}.` : '';
}

function isModule(value: string): boolean {
  return !value.includes('\n') && EXTENSIONS.includes(extname(value));
}

/** The VRL program, if the value is one: Matano has it as text, earlier versions as `transform.vrl`. */
function vrlOf(value: unknown): string | undefined {
  if (isMapping(value)) return typeof value.vrl === 'string' ? value.vrl : undefined;
  if (typeof value !== 'string') return undefined;
  if (isModule(value)) return undefined;
  if (/\.vrl$/.test(value)) return '';
  return /\n./.test(value) || /(^|[\s(!])\.[a-z_@"]\w*[\w.]*\s*(\|?\??=|,|\))|\w!?\(.*\)/i.test(value)
    ? value
    : undefined;
}

/** The message for a VRL program. It shows the first assignment that copies a value as a column, as an example for the others. */
function vrlMessage(program: string): string {
  const copy = /^\s*\.([a-z_][\w.]*)\s*=\s*(?:del\(\s*)?\.(?:json\.)?([a-z_][\w.]*)\s*\)?\s*$/im.exec(program);
  const field =
    copy === null
      ? '{name: bucket, type: string, from: requestParameters.bucketName}'
      : `{name: ${copy[1]}, type: string, from: ${copy[2]}}`;
  const which = copy === null ? 'for example' : `for the line ${copy[0].trim()}, write`;
  return (
    'transform is a VRL program, which Trailmill cannot run. To copy a value of the record, add a column to ' +
    `schema.fields: ${which} ${field}. For other logic, write a TypeScript function over rows and specify its file: ${EXAMPLE} (${HELP}).`
  );
}
