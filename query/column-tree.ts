/** The columns of tables and views as DuckDB describes them, with the members of structs. Pure. */

/** A column, or a member of one. */
export interface ColumnNode {
  name: string;
  /** DuckDB's type. */
  type: string;
  /** Of a struct; else none. */
  members: readonly ColumnNode[];
}

/** A table or a view, and its columns in their order. */
export interface TableColumns {
  name: string;
  columns: readonly ColumnNode[];
}

/** The column of this name and type, such as `STRUCT(id VARCHAR, "group" STRUCT(name VARCHAR)[])`. */
export function columnNode(name: string, type: string): ColumnNode {
  const inside = /^STRUCT\((.*)\)$/s.exec(type)?.[1];
  const parts = inside === undefined ? [] : splitAtCommas(inside);
  const members = parts.flatMap((part) => {
    const [, quoted, bare, memberType] = /^\s*(?:"((?:[^"]|"")*)"|(\S+)) (.*)$/s.exec(part) ?? [];
    const member = quoted?.replaceAll('""', '"') ?? bare;
    return member === undefined ? [] : [columnNode(member, memberType)];
  });
  return { name, type, members };
}

/** All columns in their dotted parts: of a struct its members, and not the struct itself. */
export function leavesOf(
  columns: readonly ColumnNode[],
  above: readonly string[] = [],
): { path: string[]; type: string }[] {
  return columns.flatMap(({ name, type, members }) => {
    const path = [...above, name];
    return members.length === 0 ? [{ path, type }] : leavesOf(members, path);
  });
}

/** Splits at the commas that are not in parentheses or quotes. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const [token] of text.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[\s\S]/gu)) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (token === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += token;
  }
  return [...parts, part];
}
