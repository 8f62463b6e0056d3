/** The transform of a run's projects, and its change in the middle of a run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MODULE = 'transform.mjs';
/** What is changed is not the transform but what it imports. */
const IMPORTED = 'labels.mjs';

const TRANSFORM = `import { version } from './${IMPORTED}';
export default function transform(row) {
  row.set('labels', JSON.stringify({ version }));
  return row;
}
`;

const imported = (version: string): string => `export const version = '${version}';\n`;

/** Writes the modules, and gives what log_source.yml says of them. */
export function writeTransform(directory: string): string {
  writeFileSync(join(directory, MODULE), TRANSFORM);
  restoreTransform(directory);
  return `./${MODULE}`;
}

/** A run that was started before may have no row of this version. */
export function changeTransform(directory: string): void {
  writeFileSync(join(directory, IMPORTED), imported('changed'));
}

export function restoreTransform(directory: string): void {
  writeFileSync(join(directory, IMPORTED), imported('first'));
}
