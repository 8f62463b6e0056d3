/** The columns of a table in addition to the managed ones, from log_source.yml and the table's file, and their conflicts. */
import { ecsField, ecsFieldNames } from '../cloudtrail/ecs-fields.js';
import { managedColumns } from '../cloudtrail/managed-columns.js';
import type { TableKey, UserColumn } from '../cloudtrail/table-config.js';
import { nearest } from '../text/nearest.js';
import { formatRecordPath } from './record-path.js';
import type { PlacedColumn, PlacedName, UserSchema } from './user-fields.js';

interface TableColumns {
  columns: UserColumn[];
  /** `file:line` of each column that is defined in a file. */
  origins: Record<string, string>;
}

/** Merges the schemas of log_source.yml and the table's file, in this order. Mistakes are reported to the files. */
export function tableColumns(key: TableKey, schemas: readonly UserSchema[]): TableColumns {
  const managed = new Names(managedColumns(key).map(({ name }) => name));
  const columns = new Map<string, UserColumn>();
  // Without a prototype: a column may have the name of an inherited property, such as `constructor`.
  const origins: Record<string, string> = Object.create(null);
  const added = new Names([]);
  for (const placed of schemas.flatMap(({ ecs }) => ecs)) {
    for (const column of ecsColumns(placed)) {
      // The table already has the field.
      if (managed.collides(column.name) || columns.has(column.name)) continue;
      columns.set(column.name, column);
      origins[column.name] = placed.file.line(placed.path);
      added.add(column.name);
    }
  }
  for (const placed of schemas.flatMap(({ fields }) => fields)) {
    const { column, file, path } = placed;
    const known = columns.get(column.name);
    const what =
      managedCollision(managed, column.name) ??
      ecsCollision(column.name) ??
      ownCollision(placed, added, known, origins);
    if (what !== undefined) {
      file.report(path, what);
      continue;
    }
    checkPath(key, placed);
    columns.set(column.name, { ...known, ...column, doc: column.doc || (known?.doc ?? '') });
    origins[column.name] = file.line(path);
    added.add(column.name);
  }
  return { columns: [...columns.values()], origins };
}

/** Dotted column names and the groups that they form. Names are case-insensitive, as in SQL. */
class Names {
  private readonly leaves = new Map<string, string>();
  private readonly groups = new Map<string, string[]>();

  constructor(names: Iterable<string>) {
    for (const name of names) this.add(name);
  }

  add(name: string): void {
    const lower = name.toLowerCase();
    if (this.leaves.has(lower)) return;
    this.leaves.set(lower, name);
    for (const group of groupsOf(lower)) {
      const members = this.groups.get(group);
      if (members === undefined) this.groups.set(group, [name]);
      else members.push(name);
    }
  }

  leaf(name: string): string | undefined {
    return this.leaves.get(name.toLowerCase());
  }

  /** The column that a name would be nested in, if any. */
  above(name: string): string | undefined {
    const above = groupsOf(name.toLowerCase()).find((group) => this.leaves.has(group));
    return above === undefined ? undefined : this.leaves.get(above);
  }

  /** The columns of the group with this name. */
  below(name: string): readonly string[] {
    return this.groups.get(name.toLowerCase()) ?? [];
  }

  /** Whether a column of this name would conflict with one of them. */
  collides(name: string): boolean {
    return this.leaf(name) !== undefined || this.above(name) !== undefined || this.below(name).length > 0;
  }
}

/** `a` and `a.b` of `a.b.c`. */
function groupsOf(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}

function managedCollision(managed: Names, name: string): string | undefined {
  const leaf = managed.leaf(name);
  if (leaf !== undefined) {
    return `${name} cannot be added: ${caseNote(name, leaf)}the table already has the managed column ${leaf}. Choose another name.`;
  }
  const above = managed.above(name);
  if (above !== undefined) {
    return `${name} cannot be added: the managed column ${above} is a value, so it cannot have columns below it. Choose another name.`;
  }
  const below = managed.below(name);
  if (below.length === 0) return undefined;
  return `${name} cannot be added: it is a group of managed columns such as ${below[0]}. Choose another name, or one below it, such as ${name}.mine.`;
}

let ecsNames: Names | undefined;

function ecsCollision(name: string): string | undefined {
  ecsNames ??= new Names(ecsFieldNames());
  const leaf = ecsNames.leaf(name);
  if (leaf !== undefined) {
    return `${name} is an ECS field: add it to schema.ecs_field_names (for a transform to fill), or choose another name for your own column.`;
  }
  const above = ecsNames.above(name);
  if (above !== undefined) {
    return `${name} cannot be added: the ECS field ${above} is a value, so it cannot have columns below it. Choose another name.`;
  }
  const below = ecsNames.below(name);
  if (below.length === 0) return undefined;
  return `${name} cannot be added: it is a group of ECS fields such as ${below[0]}. Choose another name, or one below it, such as ${name}.mine.`;
}

/** Conflicts with other user columns. A table's file may extend a column of log_source.yml, but not change its type. */
function ownCollision(
  { column, file }: PlacedColumn,
  added: Names,
  known: UserColumn | undefined,
  origins: Record<string, string>,
): string | undefined {
  const { name, type } = column;
  const leaf = added.leaf(name);
  if (leaf !== undefined) {
    const at = origins[leaf];
    if (known === undefined)
      return `${name} cannot be added: ${caseNote(name, leaf)}${leaf} is defined at ${at}. Choose another name.`;
    if (at.startsWith(`${file.name}:`)) return `${name} is defined twice, also at ${at}. Keep one of them.`;
    if (JSON.stringify(known.type) === JSON.stringify(type)) return undefined;
    return `${name} is ${columnTypeText(type)} here and ${columnTypeText(known.type)} at ${at}. Give both the same type, or rename one.`;
  }
  const above = added.above(name);
  if (above !== undefined) {
    return `${name} cannot be added: ${above} (${origins[above]}) is a value, so it cannot have columns below it. Choose another name.`;
  }
  const below = added.below(name);
  if (below.length === 0) return undefined;
  return `${name} cannot be added: it is a group that contains ${below[0]} (${origins[below[0]]}). Choose another name.`;
}

function caseNote(name: string, other: string): string {
  return name === other ? '' : 'names that differ only in case are the same in SQL, and ';
}

/** Formats a type as in the configuration files. */
export function columnTypeText(type: UserColumn['type']): string {
  if (typeof type === 'string') return type === 'timestamptz' ? 'timestamp' : type;
  if ('list' in type) return `list<${columnTypeText(type.list)}>`;
  return `struct<${type.struct.map((member) => `${member.name}: ${columnTypeText(member.type)}`).join(', ')}>`;
}

/** One field, or all fields of a group: as in Matano, both `dns` and `dns.question.name` are allowed. */
function ecsColumns({ name, file, path }: PlacedName): UserColumn[] {
  if (name === 'ts' || name === '@timestamp') return [];
  const all = ecsFieldNames();
  const names = ecsField(name) === undefined ? all.filter((field) => field.startsWith(`${name}.`)) : [name];
  const columns = names.flatMap((field) => {
    const known = ecsField(field);
    return known === undefined ? [] : [{ name: field, type: known.type, doc: 'ECS field' }];
  });
  if (columns.length === 0) {
    const meant = nearest(name, all);
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    file.report(path, `${name} is not an ECS field.${hint} Add your own columns to schema.fields.`);
  }
  return columns;
}

/** Reports a path that goes into a list: it does not identify one value. */
function checkPath(key: TableKey, { column: { name, from }, file, path }: PlacedColumn): void {
  if (from === undefined) return;
  for (const { name: managed, type, path: list } of managedColumns(key)) {
    if (list === undefined || typeof type === 'string' || !('list' in type)) continue;
    if (from.length <= list.length || !list.every((part, index) => part === from[index])) continue;
    const whole = formatRecordPath(list);
    file.report(
      [...path.slice(0, -1), 'from'],
      `from of the column ${name} is ${formatRecordPath(from)}, but ${whole} is a list, and a path cannot go into a list. ` +
        `Use the column ${managed}, the list itself (from: ${whole}), or a transform.`,
    );
  }
}
