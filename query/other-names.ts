/**
 * Names that SQL uses and the tables do not have, but that mean one of their columns: CloudTrail's own (`eventName`), a table's in
 * a flat view (`event.action` in `events`), and a view's in a table. From the column tables and the flat views. Pure.
 */
import { type DirectColumn, keysOf } from '../cloudtrail/columns/column.js';
import { MANAGED_COLUMNS } from '../cloudtrail/table-columns.js';
import type { TableRole } from '../cloudtrail/tables.js';
import { FLAT_VIEWS, flatViewOf } from './flat/views.js';
import { namesIn, sqlName } from './keywords.js';

/** What DuckDB says of a name that it does not find. */
const UNKNOWN = [
  /Referenced (?:column|table) "([^"]+)" not found/,
  /does not have a column named "([^"]+)"/,
  /Could not find key "([^"]+)" in struct/,
  /Column "([^"]+)" (?:in \w+ list not found|does not exist)/,
];
/** The most names that one hint explains, and columns that it lists. */
const MAX_NAMES = 5;
const MAX_COLUMNS = 8;

/** A sentence for each name in the SQL that is called something else; `undefined` if the name that DuckDB misses is none. */
export function otherName(message: string, sql: string): string | undefined {
  const missed = UNKNOWN.map((pattern) => pattern.exec(message)?.[1].toLowerCase()).find((name) => name !== undefined);
  if (missed === undefined) return undefined;
  const names = namesIn(sql);
  const roles = rolesIn(sql);
  // From the part that DuckDB does not find: what is before it is a table, an alias or a struct.
  const tails = names.flatMap((parts) => {
    const at = parts.findIndex((part) => part.toLowerCase() === missed);
    return at < 0 ? [] : [parts.slice(at)];
  });
  const whole = names.filter((parts) => parts.some((part) => part.toLowerCase() === missed));
  const first = [...tails, ...whole, [missed]].map((parts) => meaningOf(parts, roles)).find((one) => one !== undefined);
  if (first === undefined) return undefined;
  // Others would be the next error. Only names that are nobody's but CloudTrail's: `eventName`, and not `resources`.
  const others = names.filter((parts) => /[a-z][A-Z]/.test(parts[0])).map((parts) => meaningOf(parts, roles));
  const all = [...new Set([first, ...others.filter((one) => one !== undefined)])];
  return `${all.slice(0, MAX_NAMES).join('; ')}. \`trailmill query "DESCRIBE events"\` lists the columns of the view.`;
}

/** The tables that the SQL is about come first. */
function rolesIn(sql: string): readonly TableRole[] {
  const words = new Set(sql.toLowerCase().match(/\w+/g));
  const isNamed = (role: TableRole): boolean =>
    words.has(flatViewOf(role).name) ||
    (role !== 'default' && [...words].some((word) => word.endsWith(role === 'ledger' ? '_files' : `_${role}`)));
  const roles = FLAT_VIEWS.map(({ role }) => role);
  return [...roles.filter(isNamed), ...roles.filter((role) => !isNamed(role))];
}

function meaningOf(parts: readonly string[], roles: readonly TableRole[]): string | undefined {
  for (const role of roles) {
    const meaning = ofCloudTrail(parts, role) ?? ofTable(parts, role) ?? ofView(parts, role);
    if (meaning !== undefined) return meaning;
  }
  return undefined;
}

const startsWith = (keys: readonly string[], start: readonly string[]): boolean =>
  start.length <= keys.length && start.every((part, index) => part.toLowerCase() === keys[index].toLowerCase());

/** A path in CloudTrail's records, or the beginning of one, or a member of JSON. */
function ofCloudTrail(parts: readonly string[], role: TableRole): string | undefined {
  const columns = directColumns(role);
  // The longest; of `eventID` and `eventId`, the one that is written so.
  const rank = (column: DirectColumn): number =>
    keysOf(column).length + (parts.join('.').startsWith(column.path) ? 0.5 : 0);
  const above = columns
    .filter((column) => startsWith(parts, keysOf(column)))
    .sort((one, two) => rank(two) - rank(one))[0];
  if (above !== undefined) {
    const depth = keysOf(above).length;
    const member = above.as === 'json' && parts.length > depth ? ` ->> '$.${parts.slice(depth).join('.')}'` : '';
    const written = member === '' ? keysOf(above) : [...keysOf(above), ...parts.slice(depth)];
    return `${written.join('.')} is ${sqlName(above.name)}${member}${inView(above.name, role, member)}`;
  }
  const below = columns.filter((column) => startsWith(keysOf(column), parts)).map(({ name }) => sqlName(name));
  if (below.length === 0) return undefined;
  const listed = below.length > MAX_COLUMNS ? [...below.slice(0, MAX_COLUMNS), '…'] : below;
  return `${parts.join('.')} is several columns: ${listed.join(', ')}`;
}

function directColumns(role: TableRole): DirectColumn[] {
  if (role !== 'default' && role !== 'insights' && role !== 'digest') return [];
  return MANAGED_COLUMNS[role].filter((column) => column.kind === 'direct');
}

function inView(column: string, role: TableRole, member: string): string {
  const view = flatViewOf(role);
  const flat = view.columns.find(({ columns: [first] }) => first === column);
  return flat === undefined ? '' : ` (in the view ${view.name}: ${flat.name}${member})`;
}

/** A column of the table, which its view has under another name. */
function ofTable(parts: readonly string[], role: TableRole): string | undefined {
  const name = parts.join('.').toLowerCase();
  const view = flatViewOf(role);
  const flat = view.columns.find(({ columns: [first], name: own }) => first === name && own !== name);
  return flat && `${sqlName(name)} is ${flat.name} in the view ${view.name}`;
}

/** A column of a view, in SQL about the table. */
function ofView(parts: readonly string[], role: TableRole): string | undefined {
  const view = flatViewOf(role);
  const flat = view.columns.find(({ name }) => parts.length === 1 && name === parts[0].toLowerCase());
  if (flat?.kind !== 'copy' || flat.columns[0] === flat.name) return undefined;
  return `${flat.name} is a column of the view ${view.name}; in its table it is ${sqlName(flat.columns[0])}`;
}
