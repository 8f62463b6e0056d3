/** The transform of a run's projects, which is changed during the run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MODULE = 'transform.mjs';
/** The module that changes: not the transform itself, but one that it imports. */
const IMPORTED = 'labels.mjs';

const TRANSFORM = `import { version } from './${IMPORTED}';
export default function transform(row) {
  row.set('labels', JSON.stringify({ version }));
  return row;
}
`;

const imported = (version: string): string => `export const version = '${version}';\n`;

/** Writes the modules, and returns the path for log_source.yml. */
export function writeTransform(directory: string): string {
  writeFileSync(join(directory, MODULE), TRANSFORM);
  restoreTransform(directory);
  return `./${MODULE}`;
}

/** Changes the imported module. A run that was started earlier must not write rows of this version. */
export function changeTransform(directory: string): void {
  writeFileSync(join(directory, IMPORTED), imported('changed'));
}

/** Writes the original version of the imported module. */
export function restoreTransform(directory: string): void {
  writeFileSync(join(directory, IMPORTED), imported('first'));
}
