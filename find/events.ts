/** The events that a search shows: their columns, and how SQL reads them. */
import { fieldByName } from '../iceberg/schema.js';
import type { Schema } from '../iceberg/types.js';
import { identifier, sqlLiteral } from '../query/sql-text.js';

/** An event in which a value was found; a column that the row does not have is null. */
export interface FoundEvent {
  /** ISO 8601, UTC. */
  time: string;
  table: string;
  id: string | null;
  action: string | null;
  provider: string | null;
  account: string | null;
  region: string | null;
  user: string | null;
  ip: string | null;
  error: string | null;
  /** Address of the CloudTrail file that it came from. */
  file: string | null;
}

/** The columns of the tables that {@link FoundEvent} has, but for `time` and `table`. */
export const EVENT_COLUMNS: Readonly<Record<Exclude<keyof FoundEvent, 'time' | 'table'>, string>> = {
  id: 'event.id',
  action: 'event.action',
  provider: 'event.provider',
  account: 'cloud.account.id',
  region: 'cloud.region',
  user: 'user.name',
  ip: 'source.ip',
  error: 'aws.cloudtrail.error_code',
  file: 'log.file.path',
};

/** SQL for a column of the row `r`, a member of structs if its name has dots; NULL if the table does not have it. */
export function columnSql(schema: Schema, name: string): string {
  if (fieldByName(schema, name) === undefined) return 'NULL';
  const [top, ...members] = name.split('.');
  return members.reduce(memberSql, `r.${identifier(top)}`);
}

/** SQL for a member of a struct, which is SQL too. */
export function memberSql(struct: string, member: string): string {
  return `struct_extract(${struct}, ${sqlLiteral(member)})`;
}
