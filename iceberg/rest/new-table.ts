/** Creates a table, with the namespaces around it. Another client may do the same at the same time. */
import { UserMistake } from '../../errors/index.js';
import type { TableIdentifier } from '../catalog.js';
import type { CreateTable } from '../metadata.js';
import type { Answer, Call, ExpectedRefusal } from './client.js';
import { isAbsent, isTaken, wantsLocation } from './failure.js';
import { createNamespaceBody, createTableBody, qualifiedName, type TableAnswer, tableAnswerOf } from './messages.js';
import { levelsOf, type Paths } from './paths.js';
import { textsOf } from './server-config.js';

/** How the catalog is asked to create tables. */
export interface Creation {
  /** Sends a request; returns the expected refusals and throws all others. */
  send(call: (paths: Paths) => Call, expected?: ExpectedRefusal): Promise<Answer>;
  /** Of requests that answer a table. */
  headers: Readonly<Record<string, string>>;
  /** Where tables go, when that is configured. */
  root?: string;
}

/** Returns the created table. `undefined`: another client was first, or the answer to our own request was lost; then it can be loaded. */
export async function newTable(
  identifier: TableIdentifier,
  create: CreateTable,
  creation: Creation,
): Promise<TableAnswer | undefined> {
  const namespace = await ensureNamespace(identifier.namespace, creation);
  const { root } = creation;
  const levels = levelsOf(identifier.namespace);
  const configured = root && [root.replace(/\/+$/, ''), ...levels, identifier.name].join('/');
  const first = await post(identifier, create, creation, configured);
  if (!('refusal' in first)) return tableAnswerOf(first.json, identifier);
  if (isTaken(first.refusal)) return undefined;
  // AWS Glue chooses no place. A namespace's own is where other engines put its tables.
  const place = namespace.location?.replace(/\/+$/, '');
  if (configured || !place) {
    throw new UserMistake(
      `The catalog does not create ${qualifiedName(identifier)}${configured ? ` at ${configured}` : ''}: ${first.refusal.message}`,
      configured
        ? 'Correct catalog.location, or take it out, where the catalog chooses the places of tables.'
        : 'Set catalog.location to s3://bucket/prefix: this catalog wants to be told where a new table goes.',
    );
  }
  const second = await post(identifier, create, creation, `${place}/${identifier.name}`);
  return 'refusal' in second ? undefined : tableAnswerOf(second.json, identifier);
}

/** Every level, as some servers want the parents to be there. Answers the properties of the innermost. */
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
    properties = 'refusal' in found ? {} : textsOf(found.json.properties);
    if (!('refusal' in found)) continue;
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
): Promise<Answer> {
  return send(
    (paths) => ({
      operation: 'create a table',
      subject: qualifiedName(identifier),
      method: 'POST',
      path: paths.tables(identifier.namespace),
      headers,
      body: createTableBody(identifier.name, create, location),
      // When the answer to the first was lost, the second finds the name taken.
      repeatable: true,
    }),
    (refusal) => isTaken(refusal) || wantsLocation(refusal),
  );
}
