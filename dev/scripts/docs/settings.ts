/** Generates the tables in docs/configuration.md, the JSON Schemas, and temporal.yaml from the tables of settings. */
import { TEMPORAL_EXAMPLE } from '../../../config/examples.js';
import { jsonSchemaOf } from '../../../config/json-schema.js';
import { LOG_SOURCE_TABLE, TABLE_FILE_TABLE } from '../../../config/log-source-table.js';
import {
  allowedText,
  hasValue,
  isSection,
  type Member,
  placedMembers,
  precedenceText,
  type Section,
  shorthandOf,
} from '../../../config/setting.js';
import { TEMPORAL_TABLE } from '../../../config/temporal-table.js';
import { code } from './columns.js';

/** The page with the tables of settings. */
export const CONFIGURATION_PAGE = 'docs/configuration.md';

const TABLES: Record<string, Section> = {
  'temporal.yaml': TEMPORAL_TABLE,
  'log_source.yml': LOG_SOURCE_TABLE,
  tables: TABLE_FILE_TABLE,
};

/** Updates the tables of settings in a page, between `<!-- settings of NAME -->` and `<!-- end of settings -->`. */
export function configurationPage(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, table]) => {
    const between = new RegExp(
      `(<!-- settings of ${name.replace('.', '\\.')}[^>]*-->\n)[^]*?(\n<!-- end of settings -->)`,
    );
    if (!between.test(text))
      throw new Error(`${CONFIGURATION_PAGE} does not contain the markers of the settings of ${name}`);
    return text.replace(between, (_, start: string, end: string) => `${start}\n${settingsTable(table)}\n${end}`);
  }, page);
}

/** The files that are generated from the tables alone, by path. */
export function settingsFiles(): Record<string, string> {
  const json = (table: Section, title: string) => `${JSON.stringify(jsonSchemaOf(table, title), null, 2)}\n`;
  return {
    'temporal.yaml': TEMPORAL_EXAMPLE,
    'docs/schema/temporal.schema.json': json(TEMPORAL_TABLE, 'temporal.yaml of Trailmill'),
    'docs/schema/log_source.schema.json': json(LOG_SOURCE_TABLE, 'log_source.yml of Trailmill'),
    'docs/schema/table.schema.json': json(TABLE_FILE_TABLE, 'tables/*.yml of Trailmill'),
  };
}

function settingsTable(table: Section): string {
  const rows = placedMembers(table)
    // A section has a row only if it has a value of its own; other sections appear in the keys of their members.
    .filter(({ member }) => !isSection(member) || hasValue(member))
    .map(({ path, member }) => `| ${[code(path), preset(member), allowed(member), meaning(member)].join(' | ')} |`);
  return ['| key | default | allowed | |', '|---|---|---|---|', ...rows].join('\n');
}

function preset(member: Member): string {
  const { default: value, defaultNote } = isSection(member) ? (member.onOff ?? shorthandOf(member) ?? {}) : member;
  const shown = value === undefined ? [] : [code(String(value))];
  return [...shown, ...(defaultNote === undefined ? [] : [defaultNote])].join(': ') || 'none';
}

/** The allowed values; `|` is escaped, because it ends a cell. */
const allowed = (member: Member): string => allowedText(member).replaceAll('|', '\\|');

function meaning(member: Member): string {
  return [member.description, precedenceText(member, '`')].filter((sentence) => sentence !== '').join(' ');
}
