/** The columns of the flat views in docs/query.md, from their definition. */
import { MANAGED_COLUMNS } from '../../../cloudtrail/table-columns.js';
import { type TableRole, tableNameOf } from '../../../cloudtrail/tables.js';
import { DEFAULT_SOURCE } from '../../../config/defaults.js';
import type { FlatColumn, FlatView } from '../../../query/flat/flat-column.js';
import { FLAT_VIEWS } from '../../../query/flat/views.js';
import { sqlName } from '../../../query/keywords.js';
import { cell, code } from './columns.js';

/** The page with the views. */
export const VIEWS_PAGE = 'docs/query.md';

const PART = /(<!-- views: made by `npm run docs` from query\/flat\/ -->\n)[\s\S]*?(<!-- end of views -->)/;

/** The page with the columns of today. Throws if it has no place for them. */
export function withViews(page: string): string {
  if (!PART.test(page)) throw new Error(`${VIEWS_PAGE} has no place for the views`);
  return page.replace(
    PART,
    (_, start: string, end: string) => `${start}\n${FLAT_VIEWS.map(section).join('\n\n')}\n\n${end}`,
  );
}

function section(view: FlatView): string {
  const table = tableNameOf(DEFAULT_SOURCE.name, view.role);
  const fields = fieldsOf(view.role);
  const hasFields = fields.size > 0;
  const head = ['Column', 'What it holds', `Column of ${code(table)}`, ...(hasFields ? ["CloudTrail's field"] : [])];
  const lines = view.columns.map((column) => [
    code(column.name),
    `${column.doc}${column.kind === 'json' ? ' (JSON)' : ''}`,
    from(column),
    ...(hasFields
      ? [
          column.columns
            .flatMap((name) => fields.get(name) ?? [])
            .map(code)
            .join(', else '),
        ]
      : []),
  ]);
  const rows = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.map(cell).join(' | ')} |`);
  return `### ${view.name}\n\nA row is ${view.doc}. It is a view of the table ${code(table)}.\n\n${rows.join('\n')}`;
}

function from({ kind, columns }: FlatColumn): string {
  const names = columns.map((name) => code(sqlName(name)));
  return kind === 'computed' && names.length > 1 ? `the first of ${names.join(', ')}` : names.join(', ');
}

/** CloudTrail's fields, by the columns that have them as they are. */
function fieldsOf(role: TableRole): Map<string, string> {
  if (role !== 'default' && role !== 'insights' && role !== 'digest') return new Map();
  const fields = new Map<string, string>();
  for (const column of MANAGED_COLUMNS[role]) {
    if (column.kind === 'direct') fields.set(column.name, column.path);
    if (column.kind !== 'time') continue;
    const first = MANAGED_COLUMNS[role].find(({ name }) => name === column.firstOf[0]);
    if (first?.kind === 'direct') fields.set(column.name, first.path);
  }
  return fields;
}
