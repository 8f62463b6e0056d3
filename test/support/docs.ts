/** What the documentation shows, for tests that try it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The YAML examples of a page of docs/. */
export function yamlBlocks(page: string): string[] {
  const text = readFileSync(join(__dirname, '../../docs', page), 'utf8');
  return [...text.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].map(([, block]) => block);
}
