/** Reading values out of row sets, and rebuilding records from rows. */
import { DEFAULT_TABLE_COLUMNS, type DirectColumn } from '../../cloudtrail/columns.js';
import { type AnyColumn, BooleanColumn, IntColumn, LongColumn, StringColumn } from '../../columnar/columns.js';
import type { RowSet } from '../../columnar/row-set.js';
import type { ColumnType } from '../../iceberg/types.js';

export type Row = Record<string, unknown>;
export type JsonObject = Record<string, unknown>;
export interface Place {
  column?: DirectColumn;
  members: Map<string, Place>;
}

/** Record keys → columns. */
export const PLACES: Place = { members: new Map() };
for (const column of DEFAULT_TABLE_COLUMNS) {
  if (column.kind !== 'direct') continue;
  let place = PLACES;
  for (const key of column.path.split('.')) {
    if (!place.members.has(key)) place.members.set(key, { members: new Map() });
    place = place.members.get(key) as Place;
  }
  place.column = column;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A plain assignment to `__proto__` would not make a member. */
export function setOwn(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function textAt(column: StringColumn, row: number): string | null {
  if (!column.has(row)) return null;
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
    column.data.subarray(column.offsets[row], column.offsets[row + 1]),
  );
}

/** The value of a row; null where there is none. Times are bigints of microseconds. */
export function valueAt(column: AnyColumn, type: ColumnType, row: number): unknown {
  if (!column.has(row)) return null;
  if (column instanceof StringColumn) return textAt(column, row);
  if (column instanceof BooleanColumn) return (column.values[row >> 3] & (1 << (row & 7))) !== 0;
  if (column instanceof IntColumn) return column.values[row];
  if (column instanceof LongColumn) return type === 'timestamptz' ? BigInt(column.values[row]) : column.values[row];
  const elements: unknown[] = [];
  for (let at = column.offsets[row]; at < column.offsets[row + 1]; at++) {
    if (typeof type !== 'object' || !('listOf' in type)) elements.push(textAt(column.children[0], at));
    else
      elements.push(
        Object.fromEntries(type.listOf.map((field, index) => [field.name, textAt(column.children[index], at)])),
      );
  }
  return elements;
}

/** All rows, by column name. Pads the columns to their full length, as writing them does. */
export function rowsOf(rows: RowSet): Row[] {
  rows.finish();
  return Array.from({ length: rows.rows }, (_, row) =>
    Object.fromEntries(rows.specs.map((spec, index) => [spec.name, valueAt(rows.columns[index], spec.type, row)])),
  );
}

const MICROS = 1000n;
const RESOURCE = [
  ['arn', 'ARN'],
  ['account_id', 'accountId'],
  ['type', 'type'],
] as const;

/** The record, from its row: columns first, then what was delivered empty, then the leftovers, which win. */
export function rebuild(row: Row): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const column of DEFAULT_TABLE_COLUMNS) {
    const value = row[column.name];
    if (column.kind !== 'direct' || value === null || isCopy(column.path)) continue;
    if (column.standIn !== undefined && row[column.standIn] !== null) continue;
    if (column.as === 'json') put(record, column.path, JSON.parse(value as string));
    else if (column.as === 'true_text') put(record, column.path, 'true');
    else if (column.as === 'time')
      put(record, column.path, new Date(Number((value as bigint) / MICROS)).toISOString().replace('.000Z', 'Z'));
    else if (column.as === 'resources') put(record, column.path, (value as Row[]).map(resourceOf));
    else put(record, column.path, value);
  }
  for (const name of ['aws.cloudtrail.empty_members', 'aws.cloudtrail.unmapped']) {
    if (row[name] !== null) merge(record, JSON.parse(row[name] as string), PLACES);
  }
  return record;
}

function isCopy(path: string): boolean {
  return DEFAULT_TABLE_COLUMNS.some(
    (other) => other.kind === 'direct' && other.as === 'json' && path.startsWith(`${other.path}.`),
  );
}

function put(record: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() as string;
  let object = record;
  for (const key of keys) {
    object[key] ??= {};
    object = object[key] as Record<string, unknown>;
  }
  object[last] = value;
}

function resourceOf(element: Row): Row {
  return Object.fromEntries(
    RESOURCE.flatMap(([field, key]) => (element[field] === null ? [] : [[key, element[field]]])),
  );
}

/** Objects that the table only passes through are joined, everything else is replaced. */
function merge(into: Record<string, unknown>, from: Record<string, unknown>, place: typeof PLACES): void {
  for (const key of Object.keys(from)) {
    const at = place.members.get(key);
    const there = Object.hasOwn(into, key) ? into[key] : undefined;
    if (at !== undefined && at.column === undefined && isObject(there) && isObject(from[key]))
      merge(there, from[key], at);
    else setOwn(into, key, from[key]);
  }
}

/** ECS category and types by eventName, as Matano's AWS_CLOUDTRAIL classifies them. */
export const ECS_CLASSES: ReadonlyMap<string, [category: string[], types: string[]]> = new Map(
  `authentication: info: AssumeRole, ConsoleLogin
  file: creation: CreateBucket
  file: deletion: DeleteBucket
  iam: admin, change: SetDefaultPolicyVersion, SetSecurityTokenServicePreferences, UpdateAccountPasswordPolicy, UpdateRole
  iam: admin, creation: CreateKeyPair
  iam: group, change: AddUserToGroup, AttachGroupPolicy, DeleteGroupPolicy, DetachGroupPolicy, PutGroupPolicy, RemoveUserFromGroup, UpdateGroup
  iam: group, creation: CreateGroup
  iam: group, deletion: DeleteGroup
  iam: group, info: GetGroup, GetGroupPolicy, ListAttachedGroupPolicies, ListGroupPolicies, ListGroups
  iam: user, change: AttachUserPolicy, ChangePassword, CreateAccessKey, CreateVirtualMFADevice, DeactivateMFADevice, DeleteAccessKey, DeleteSSHPublicKey, DeleteUserPermissionsBoundary, DeleteUserPolicy, DeleteVirtualMFADevice, DetachUserPolicy, EnableMFADevice, PutUserPermissionsBoundary, PutUserPolicy, TagUser, UntagUser, UpdateAccessKey, UpdateLoginProfile, UpdateSSHPublicKey, UpdateUser
  iam: user, creation: CreateUser
  iam: user, deletion: DeleteUser
  iam: user, info: GetUser, GetUserPolicy, ListAttachedUserPolicies, ListGroupsForUser, ListUserPolicies, ListUsers, ListUserTags`
    .split('\n')
    .flatMap((line) => {
      const [category, types, names] = line.split(':').map((part) => part.trim().split(', '));
      return names.map((name) => [name, [category, types]] as const);
    })
    .map(([name, [category, types]]) => [name, [category, types]]),
);
