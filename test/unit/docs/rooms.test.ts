/** rooms.cjs, by which the imports are linted. */
import { readdirSync, readFileSync } from 'node:fs';
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

describe('test/README.md', () => {
  it('has a line for each integration test', () => {
    const page = readFileSync(join(ROOT, 'test', 'README.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    const folder = join(ROOT, 'test', 'integration');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.test.ts'),
    );
    expect(listed.sort()).toEqual(files.map((name) => name.replace('.test.ts', '')).sort());
  });

  it.each(['unit', 'integration'])('%s tests are in folders of the rooms', (tier) => {
    const known = [...rooms.map(({ name }) => name), 'deploy', 'docs'];
    expect(readdirSync(join(ROOT, 'test', tier)).filter((name) => !known.includes(name))).toEqual([]);
  });
});
