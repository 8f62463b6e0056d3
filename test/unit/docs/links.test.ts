/** Links between the pages lead somewhere. */
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { PAGES, pageText } from '../../support/docs';

const ROOT = join(__dirname, '..', '..', '..');

/** Without blocks and spans of code, in which a link is no link. */
const prose = (page: string): string => pageText(page).replaceAll(/^ *```[\s\S]*?^ *```$|`+[^`]*?`+/gm, '');

/** The anchors of a page, as GitHub makes them from its headings. */
function anchors(page: string): Set<string> {
  const text = pageText(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading)));
}

const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

test.each([
  ['log_source.yml', 'log_sourceyml'],
  ['Compared with `aws cloudtrail validate-logs`', 'compared-with-aws-cloudtrail-validate-logs'],
  ['Nothing is lost: rebuilding a record', 'nothing-is-lost-rebuilding-a-record'],
])('%s has the anchor %s', (heading, anchor) => expect(anchorOf(heading)).toBe(anchor));

test.each(PAGES)('%s', (page) => {
  const broken: string[] = [];
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  for (const link of links.filter((one) => !/^https?:/.test(one))) {
    const [path, anchor] = link.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), path));
    const found = existsSync(join(ROOT, target)) && (anchor === undefined || anchors(target).has(anchor));
    if (!found) broken.push(link);
  }
  expect(broken).toEqual([]);
});

test('every page of docs/ can be reached from the README', () => {
  const links = [...prose('README.md').matchAll(/\]\((docs\/[^)#]+\.md)/g)].map(([, link]) => link);
  expect(PAGES.filter((page) => page.startsWith('docs/') && !links.includes(page))).toEqual([]);
});
