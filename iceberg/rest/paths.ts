/** Paths of the REST protocol, relative to the catalog's URI. Pure. */
import type { TableIdentifier } from '../catalog.js';

/** Separates the levels of a namespace: every server must accept it, whatever it advertises (protocol, `namespace-separator`). */
const LEVEL_SEPARATOR = '\u001f';

/** Path of the server's configuration. */
export const CONFIG_PATH = 'v1/config';
/** Path of the catalog's own token endpoint, which not all catalogs have. */
export const TOKEN_PATH = 'v1/oauth/tokens';

/** The levels of a namespace: `security.logs` has two. */
export function levelsOf(namespace: string): string[] {
  return namespace.split('.');
}

/** Paths of the protocol, relative to the catalog's URI. */
export interface Paths {
  namespaces: string;
  namespace(levels: readonly string[]): string;
  tables(namespace: string): string;
  table(identifier: TableIdentifier): string;
}

/**
 * Builds the paths. The prefix is inserted exactly as the server returned it: some prefixes are encoded, and some contain
 * slashes.
 */
export function pathsOf(prefix: string | undefined): Paths {
  const root = ['v1', ...(prefix ? [prefix.replace(/^\/+|\/+$/g, '')] : []), 'namespaces'].join('/');
  const namespace = (levels: readonly string[]): string => `${root}/${escapeUri(levels.join(LEVEL_SEPARATOR))}`;
  const tables = (name: string): string => `${namespace(levelsOf(name))}/tables`;
  const table = (identifier: TableIdentifier): string =>
    `${tables(identifier.namespace)}/${escapeUri(identifier.name)}`;
  return { namespaces: root, namespace, tables, table };
}

/** The query string including the question mark; empty without parameters. */
export function queryOf(parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** Encodes everything except the unreserved characters of RFC 3986, as AWS signatures require. */
function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
