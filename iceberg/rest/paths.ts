/** Paths of the REST protocol, below the catalog's uri. Pure. */
import type { TableIdentifier } from '../catalog.js';

/** Between the levels of a namespace: every server has to take it, whatever it advertises (protocol, `namespace-separator`). */
const LEVEL_SEPARATOR = '\u001f';

/** Path of the server's configuration. */
export const CONFIG_PATH = 'v1/config';
/** Path of the token endpoint, where the catalog has one. */
export const TOKEN_PATH = 'v1/oauth/tokens';

/** The levels of a namespace: `security.logs` has two. */
export function levelsOf(namespace: string): string[] {
  return namespace.split('.');
}

/** Paths of the protocol below the uri. */
export interface Paths {
  namespaces: string;
  namespace(levels: readonly string[]): string;
  tables(namespace: string): string;
  table(identifier: TableIdentifier): string;
}

/** The prefix goes in as the server gave it: some encode it, some have slashes in it, and each knows its own. */
export function pathsOf(prefix: string | undefined): Paths {
  const root = ['v1', ...(prefix ? [prefix.replace(/^\/+|\/+$/g, '')] : []), 'namespaces'].join('/');
  const namespace = (levels: readonly string[]): string => `${root}/${escapeUri(levels.join(LEVEL_SEPARATOR))}`;
  const tables = (name: string): string => `${namespace(levelsOf(name))}/tables`;
  const table = (identifier: TableIdentifier): string =>
    `${tables(identifier.namespace)}/${escapeUri(identifier.name)}`;
  return { namespaces: root, namespace, tables, table };
}

/** The query string, with its question mark; empty without parameters. */
export function queryOf(parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** Encoded as AWS signatures want it: everything but the unreserved characters of RFC 3986. */
function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
