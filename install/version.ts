/** Which Trailmill this is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** From package.json, one directory up from the sources, two from what is built of them. */
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
