/** rooms.cjs, by which the imports are linted. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');
const rooms = require('../../../rooms.cjs') as { name: string; imports: string[] }[];
const NO_ROOMS = ['test', 'docs', 'deploy', 'dist', 'node_modules'];

describe('the table of rooms', () => {
  it('has every folder at the top', () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NO_ROOMS.includes(entry.name))
      .map(({ name }) => name);
    expect(rooms.map(({ name }) => name).sort()).toEqual(folders.sort());
  });

  it('lets a room import only rooms above it', () => {
    const above = new Set<string>();
    for (const { name, imports } of rooms) {
      expect({ name, notAbove: imports.filter((one) => one !== '*' && !above.has(one)) }).toEqual({
        name,
        notAbove: [],
      });
      above.add(name);
    }
  });
});
