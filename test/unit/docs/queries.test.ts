/** docs/query.md and docs/queries.md say what the views and the saved queries are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUERIES_PAGE, queriesPage } from '../../../dev/scripts/docs/queries';
import { VIEWS_PAGE, withViews } from '../../../dev/scripts/docs/views';
import { parseSavedQuery } from '../../../query/saved-query';

const page = (name: string): string => readFileSync(join(__dirname, '../../..', name), 'utf8');

test('docs/query.md has the views of today; `npm run docs` writes them again', () => {
  expect(withViews(page(VIEWS_PAGE))).toBe(page(VIEWS_PAGE));
});

test('docs/query.md shows a saved query that is one', () => {
  const text = /```\n(-- title: [\s\S]*?)```/.exec(page(VIEWS_PAGE))?.[1] ?? '';
  expect(parseSavedQuery('reads', text, 'queries/reads.sql', new Set())).toMatchObject({
    title: 'Objects that were read',
    hasRange: true,
    parameters: [{ name: 'bucket' }, { name: 'at_least', default: '1' }],
  });
});

test('docs/queries.md is up to date; `npm run docs` writes it again', async () => {
  expect(page(QUERIES_PAGE)).toBe(await queriesPage());
});
