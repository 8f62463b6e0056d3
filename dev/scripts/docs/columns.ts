/** The tables of columns in the reference page, one line per column. */
import { type CloudTrailColumn, consumingColumns, type DirectColumn } from '../../../cloudtrail/columns/column.js';
import { ecsField } from '../../../cloudtrail/ecs-fields.js';
import { fieldByName, schemaOf, typeText } from '../../../iceberg/schema.js';
import type { ColumnSpec, IcebergType } from '../../../iceberg/types.js';
import { sqlName } from '../../../query/keywords.js';
import { type ExampleRow, exampleOf } from './examples.js';

const ECS = 'https://www.elastic.co/docs/reference/ecs/ecs-';
/** Maximum length of an example in code points, because JSON columns would fill pages. */
const MAX_EXAMPLE = 90;

/** The Markdown table of a table's columns, with examples from `rows`. */
export function columnsTable(columns: readonly ColumnSpec[], rows: readonly ExampleRow[]): string {
  const fromRecords = columns.some((column) => 'kind' in column);
  const head = fromRecords
    ? ['Column', 'Type', 'What it holds', 'From', 'ECS', 'Example']
    : ['Column', 'Type', 'What it holds', 'Example'];
  const schema = schemaOf(columns);
  const whole = new Set<ColumnSpec>(
    fromRecords ? consumingColumns(columns as readonly CloudTrailColumn[]).values() : [],
  );
  const lines = columns.map((column) => {
    const type = fieldByName(schema, column.name)?.type ?? 'string';
    const required = column.required ? ', required' : '';
    return [
      code(sqlName(column.name)),
      code(typeText(type)) + required,
      column.doc,
      ...(fromRecords ? [from(column as CloudTrailColumn, whole.has(column)), ecsLink(column.name)] : []),
      exampleText(type, exampleOf(rows, column.name)),
    ];
  });
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

function from(column: CloudTrailColumn, isWhole: boolean): string {
  switch (column.kind) {
    case 'direct':
      return isWhole ? recordPath(column) : `${code(column.path)} (copy)`;
    case 'time':
      return `derived from ${column.firstOf.map(code).join(', else ')}`;
    case 'derived': {
      const { inputs } = column.derivation;
      return inputs.length === 0
        ? 'the same in every row'
        : `derived from ${inputs.map((input) => code(sqlName(input))).join(', ')}`;
    }
    case 'free':
      return 'a transform';
    default:
      return 'the decoder';
  }
}

/** The path, and the conversion that is needed to rebuild a record. */
function recordPath({ path, as }: DirectColumn): string {
  if (as === 'json') return `${code(path)} (JSON)`;
  if (as === 'true_text') return `${code(path)} (the text ${code('"true"')})`;
  if (typeof as !== 'object') return code(path);
  const { shape } = as;
  if (typeof shape !== 'object' || !('list' in shape) || typeof shape.list !== 'object' || !('members' in shape.list))
    throw new Error(`the page cannot describe the conversion of ${path}`);
  const members = shape.list.members.map(({ key, name }) =>
    key === name ? code(key) : `${code(key)} as ${code(name)}`,
  );
  return `${code(`${path}[]`)}: ${members.join(', ')}`;
}

function ecsLink(name: string): string {
  if (ecsField(name) === undefined) return 'ours';
  const [group] = name.split('.');
  return `[${group}](${ECS}${name.includes('.') ? group : 'base'})`;
}

/** The text of an example. `value`: as Arrow returns it, with times in milliseconds. */
function exampleText(type: IcebergType, value: unknown): string {
  if (value === undefined) return '';
  const shown = readable(type, value);
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown);
  const points = Array.from(text);
  return code(points.length > MAX_EXAMPLE ? `${points.slice(0, MAX_EXAMPLE).join('')}…` : text);
}

function readable(type: IcebergType, value: unknown): unknown {
  if (value === null) return null;
  if (type === 'timestamptz') return new Date(Number(value)).toISOString().replace('.000Z', 'Z');
  if (type === 'date') return new Date(Number(value)).toISOString().slice(0, 10);
  if (typeof type === 'string') return value;
  if (type.type === 'list') return (value as unknown[]).map((element) => readable(type.element, element));
  const members = value as Record<string, unknown>;
  return Object.fromEntries(type.fields.map(({ name, type: inner }) => [name, readable(inner, members[name])]));
}

/** A code span; text with backticks needs longer fences. */
export function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${text}${pad}${fence}`;
}

/** Escapes the text of a table cell: a bar ends a cell even in a code span. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
