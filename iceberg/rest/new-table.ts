/** Creates a table and its namespaces. Another client may do the same concurrently. */
import { UserMistake } from '../../errors/index.js';
import type { TableIdentifier } from '../catalog.js';
import type { CreateTable } from '../metadata.js';
import type { Call, CallResult, ExpectedErrorResponse } from './client.js';
import { isAbsent, isTaken, wantsLocation } from './failure.js';
import {
  createNamespaceBody,
  createTableBody,
  parseTableResponse,
  qualifiedName,
  type TableResponse,
} from './messages.js';
import { levelsOf, type Paths } from './paths.js';
import { textsOf } from './server-config.js';

/** How to create tables in the catalog. */
export interface Creation {
  /** Sends a request; returns expected error responses and throws all others. */
  send(call: (paths: Paths) => Call, expected?: ExpectedErrorResponse): Promise<CallResult>;
  /** Headers of requests whose response contains a table. */
  headers: Readonly<Record<string, string>>;
  /** The configured location of new tables, if any. */
  root?: string;
}

/**
 * Creates a table. Returns `undefined` if another client was first, or if the response to an earlier attempt was lost; the
 * table can then be loaded.
 */
export async function newTable(
  identifier: TableIdentifier,
  create: CreateTable,
  creation: Creation,
): Promise<TableResponse | undefined> {
  const namespace = await ensureNamespace(identifier.namespace, creation);
  const { root } = creation;
  const levels = levelsOf(identifier.namespace);
  const configured = root && [root.replace(/\/+$/, ''), ...levels, identifier.name].join('/');
  const first = await post(identifier, create, creation, configured);
  if (!('errorResponse' in first)) return parseTableResponse(first.json, identifier);
  if (isTaken(first.errorResponse)) return undefined;
  // AWS Glue does not choose a location. Other engines put tables below the namespace's own location.
  const parentLocation = namespace.location?.replace(/\/+$/, '');
  if (configured || !parentLocation) {
    throw new UserMistake(
      `The catalog did not create ${qualifiedName(identifier)}${configured ? ` at ${configured}` : ''}: ${first.errorResponse.message}`,
      configured
        ? 'Correct catalog.location, or remove it if the catalog chooses the locations of tables.'
        : 'Set catalog.location to s3://bucket/prefix: this catalog requires a location for new tables.',
    );
  }
  const second = await post(identifier, create, creation, `${parentLocation}/${identifier.name}`);
  return 'errorResponse' in second ? undefined : parseTableResponse(second.json, identifier);
}

/**
 * Creates all levels of a namespace that do not exist: some servers require the parents. Returns the properties of the
 * innermost level.
 */
async function ensureNamespace(namespace: string, { send }: Creation): Promise<Record<string, string>> {
  let properties: Record<string, string> = {};
  const levels = levelsOf(namespace);
  for (let depth = 1; depth <= levels.length; depth++) {
    const some = levels.slice(0, depth);
    const about = { subject: some.join('.'), repeatable: true };
    const found = await send(
      (paths) => ({ ...about, operation: 'look up a namespace', method: 'GET', path: paths.namespace(some) }),
      isAbsent,
    );
    properties = 'errorResponse' in found ? {} : textsOf(found.json.properties);
    if (!('errorResponse' in found)) continue;
    const body = createNamespaceBody(some);
    await send(
      ({ namespaces: path }) => ({ ...about, operation: 'create a namespace', method: 'POST', path, body }),
      isTaken,
    );
  }
  return properties;
}

function post(
  identifier: TableIdentifier,
  create: CreateTable,
  { send, headers }: Creation,
  location: string | undefined,
): Promise<CallResult> {
  return send(
    (paths) => ({
      operation: 'create a table',
      subject: qualifiedName(identifier),
      method: 'POST',
      path: paths.tables(identifier.namespace),
      headers,
      body: createTableBody(identifier.name, create, location),
      // If the response to the first attempt was lost, the second gets 409: the name already exists.
      repeatable: true,
    }),
    (errorResponse) => isTaken(errorResponse) || wantsLocation(errorResponse),
  );
}
