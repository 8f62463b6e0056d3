/**
 * Which columns are searched: every string column of the default and the insights table, including those that users and other
 * writers added, except the ones about what happened rather than who, where or with what. This is the only list of them.
 */
import { type LeafField, leafFields } from '../iceberg/schema.js';
import type { Schema } from '../iceberg/types.js';

/** The tables that are searched. */
export const SEARCHED_ROLES = ['default', 'insights'] as const;

/** Whether the table of a role is searched. */
export function isSearchedRole(role: string): boolean {
  return (SEARCHED_ROLES as readonly string[]).includes(role);
}

/** Columns that are not searched, including everything below them. */
const NOT_SEARCHED: readonly string[] = [
  // Constants and classes with few values, which SQL selects better.
  'cloud.provider',
  'cloud.region',
  'cloud.service',
  'ecs',
  'event.action',
  'event.category',
  'event.dataset',
  'event.kind',
  'event.module',
  'event.outcome',
  'event.provider',
  'event.type',
  'source.as',
  'source.geo',
  'tls.version',
  'tls.cipher',
  'tls.version_protocol',
  'aws.cloudtrail.event_version',
  'aws.cloudtrail.event_type',
  'aws.cloudtrail.event_category',
  'aws.cloudtrail.api_version',
  'aws.cloudtrail.error_code',
  'aws.cloudtrail.user_identity.type',
  'aws.cloudtrail.user_identity.session_context.mfa_authenticated',
  'aws.cloudtrail.user_identity.session_context.session_issuer.type',
  'aws.cloudtrail.aggregated.window_size',
  // Sentences.
  'error.message',
  'aws.cloudtrail.error_message',
  'user_agent',
  'aws.cloudtrail.tls_details.tls_version',
  'aws.cloudtrail.tls_details.cipher_suite',
  'aws.cloudtrail.tls_details.key_exchange',
  // Copies of other columns.
  'event.original',
  'aws.cloudtrail.insight_details_raw',
  // Not part of the event.
  'log.file.path',
  'aws.cloudtrail.empty_members',
];

/** The searched leaves of a schema, in the order of the columns of its files. */
export function searchedLeaves(schema: Schema): LeafField[] {
  return [...leafFields(schema)].filter(({ type, path }) => type === 'string' && isSearched(path));
}

/** Whether the column is searched. `path` may be that of a struct. */
export function isSearched(path: string): boolean {
  return !NOT_SEARCHED.some((name) => path === name || path.startsWith(`${name}.`));
}
