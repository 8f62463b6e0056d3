/** The map of the rooms in CONTRIBUTING.md, generated from rooms.cjs. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The page with the map. */
export const ROOMS_PAGE = 'CONTRIBUTING.md';

interface Room {
  name: string;
  knows: string;
  touches: string;
  imports: string[];
}

const BEGIN = '<!-- rooms: made by `npm run docs` from rooms.cjs -->';
const END = '<!-- end of rooms -->';

/**
 * Updates the map in a page.
 * @param page the text of CONTRIBUTING.md
 * @param root directory of rooms.cjs
 * @returns the page with the current map
 */
export function withRooms(page: string, root: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from)
    throw new Error(`${ROOMS_PAGE} does not contain the markers of the rooms: ${BEGIN} … ${END}`);
  const rooms = createRequire(__filename)(join(root, 'rooms.cjs')) as Room[];
  return `${page.slice(0, from + BEGIN.length)}\n${table(rooms)}\n${page.slice(to)}`;
}

function table(rooms: readonly Room[]): string {
  const rows = rooms.map(({ name, knows, touches, imports }) => {
    const may = imports.includes('*') ? 'everything' : imports.map((one) => `\`${one}\``).join(' ') || '–';
    return `| \`${name}/\` | ${knows} | ${touches} | ${may} |`;
  });
  return ['| room | contents | may access | may import |', '|---|---|---|---|', ...rows].join('\n');
}
