/** The columns that a table has beside the managed ones: log_source.yml first, then the table's file; and what collides. */
import { ecsField, ecsFieldNames } from '../cloudtrail/ecs-fields.js';
import { managedColumns } from '../cloudtrail/managed-columns.js';
import type { TableKey, UserColumn } from '../cloudtrail/table-config.js';
import { nearest } from '../text/nearest.js';
import { formatRecordPath } from './record-path.js';
import type { PlacedColumn, PlacedName, UserSchema } from './user-fields.js';

interface TableColumns {
  columns: UserColumn[];
  /** `file:line` of each column that a file asked for. */
  origins: Record<string, string>;
}

/** Mistakes go to the files that they are in. */
export function tableColumns(key: TableKey, schemas: readonly UserSchema[]): TableColumns {
  const managed = new Names(managedColumns(key).map(({ name }) => name));
  const columns = new Map<string, UserColumn>();
  // Without a prototype: a column may be called like one of its members.
  const origins: Record<string, string> = Object.create(null);
  const added = new Names([]);
  for (const placed of schemas.flatMap(({ ecs }) => ecs)) {
    for (const column of ecsColumns(placed)) {
      // What is there already is what was asked for.
      if (managed.touching(column.name) || columns.has(column.name)) continue;
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
      file.blame(path, what);
      continue;
    }
    checkPath(key, placed);
    columns.set(column.name, { ...known, ...column, doc: column.doc || (known?.doc ?? '') });
    origins[column.name] = file.line(path);
    added.add(column.name);
  }
  return { columns: [...columns.values()], origins };
}

/** Dotted names, and the groups that their dots make. Case does not count, as in SQL. */
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

  /** The leaf that a name would lie below. */
  above(name: string): string | undefined {
    const above = groupsOf(name.toLowerCase()).find((group) => this.leaves.has(group));
    return above === undefined ? undefined : this.leaves.get(above);
  }

  below(name: string): readonly string[] {
    return this.groups.get(name.toLowerCase()) ?? [];
  }

  /** Cannot a column of this name stand beside them? */
  touching(name: string): boolean {
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
    return `${name} cannot be added: ${same(name, leaf)}the managed column ${leaf} is in the table already. Choose another name.`;
  }
  const above = managed.above(name);
  if (above !== undefined) {
    return `${name} cannot be added: the managed column ${above} is a value, so nothing can lie below it. Choose another name.`;
  }
  const below = managed.below(name);
  if (below.length === 0) return undefined;
  return `${name} cannot be added: it is the group of managed columns such as ${below[0]}. Choose another name, or one below it, such as ${name}.mine.`;
}

let ecsNames: Names | undefined;

function ecsCollision(name: string): string | undefined {
  ecsNames ??= new Names(ecsFieldNames());
  const leaf = ecsNames.leaf(name);
  if (leaf !== undefined) {
    return `${name} is an ECS field: name it in schema.ecs_field_names (a transform fills it), or choose another name for a column of your own.`;
  }
  const above = ecsNames.above(name);
  if (above !== undefined) {
    return `${name} cannot be added: the ECS field ${above} is a value, so nothing can lie below it. Choose another name.`;
  }
  const below = ecsNames.below(name);
  if (below.length === 0) return undefined;
  return `${name} cannot be added: it is the group of ECS fields such as ${below[0]}. Choose another name, or one below it, such as ${name}.mine.`;
}

/** The same name again: a table's file may say more about a column of log_source.yml, but not another type. */
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
      return `${name} cannot be added: ${same(name, leaf)}${leaf} is at ${at}. Choose another name.`;
    if (at.startsWith(`${file.name}:`)) return `${name} is there twice, also at ${at}. Keep one of the two.`;
    if (JSON.stringify(known.type) === JSON.stringify(type)) return undefined;
    return `${name} is ${columnTypeText(type)} here and ${columnTypeText(known.type)} at ${at}. Give both the same type, or rename one.`;
  }
  const above = added.above(name);
  if (above !== undefined) {
    return `${name} cannot be added: ${above} (${origins[above]}) is a value, so nothing can lie below it. Choose another name.`;
  }
  const below = added.below(name);
  if (below.length === 0) return undefined;
  return `${name} cannot be added: it is the group of ${below[0]} (${origins[below[0]]}). Choose another name.`;
}

function same(name: string, other: string): string {
  return name === other ? '' : 'names that differ only in case are one name in SQL, and ';
}

/** A type as the files have it. */
export function columnTypeText(type: UserColumn['type']): string {
  if (typeof type === 'string') return type === 'timestamptz' ? 'timestamp' : type;
  if ('list' in type) return `list<${columnTypeText(type.list)}>`;
  return `struct<${type.struct.map((member) => `${member.name}: ${columnTypeText(member.type)}`).join(', ')}>`;
}

/** One field, or all fields of a group: Matano takes `dns` and `dns.question.name` alike. */
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
    file.blame(path, `${name} is no ECS field.${hint} A column of your own goes into schema.fields.`);
  }
  return columns;
}

/** A path that goes into a list has no one value. */
function checkPath(key: TableKey, { column: { name, from }, file, path }: PlacedColumn): void {
  if (from === undefined) return;
  for (const { name: managed, type, path: list } of managedColumns(key)) {
    if (list === undefined || typeof type === 'string' || !('list' in type)) continue;
    if (from.length <= list.length || !list.every((part, index) => part === from[index])) continue;
    const whole = formatRecordPath(list);
    file.blame(
      [...path.slice(0, -1), 'from'],
      `from of the column ${name} is ${formatRecordPath(from)}, but ${whole} is a list: no path goes into it. ` +
        `Use the column ${managed}, take the list itself (from: ${whole}), or use a transform.`,
    );
  }
}
