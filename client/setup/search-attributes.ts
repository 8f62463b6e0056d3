/** The search attributes on a cluster: checks whether they exist, and registers missing ones. */
import { setTimeout as wait } from 'node:timers/promises';
import { GRPC, grpcErrorOf, hasGrpcCode } from '../../cluster/grpc.js';
import { UserMistake } from '../../errors/index.js';
import { version } from '../../install/package.js';
import type { Visibility } from '../../protocol/messages.js';
import { SEARCH_ATTRIBUTES } from '../../protocol/search-attributes.js';
import type { NamespaceConnection } from '../session/session.js';
import { WorkFailed } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';

/** One attribute after `setup`; also its JSON. */
export interface SetUpAttribute {
  name: string;
  type: typeof TYPE;
  state: 'registered' | 'present';
}

/** The type of all of them, as spelled by Temporal's command line and by Temporal Cloud. */
const TYPE = 'Keyword';
/** `INDEXED_VALUE_TYPE_KEYWORD` in Temporal's API. */
const KEYWORD = 2;

/** How long it may take until a registration is visible to searches. */
const VISIBLE_WITHIN_MS = 30_000;

/** The visibility settings for a workflow that is started now. */
export async function visibilityOf(where: NamespaceConnection): Promise<Visibility> {
  return { version: version(), searchable: await areRegistered(where) };
}

/** Prints a note if workflows cannot be found by search attributes. */
export function noteUnregistered(
  output: Pick<Output, 'note'>,
  namespace: string,
  { searchable }: Pick<Visibility, 'searchable'>,
): void {
  if (searchable) return;
  output.note(`The namespace ${namespace} does not have Trailmill's search attributes: run \`trailmill setup\` once.`);
}

/** True if all search attributes exist. */
export async function areRegistered(where: NamespaceConnection): Promise<boolean> {
  const types = await typesOf(where);
  // NamespaceConnection clients may not list them, as on Temporal Cloud, a search shows whether they exist.
  if (types === undefined) return isSearchable(where);
  return SEARCH_ATTRIBUTES.every(({ name }) => types[name] === KEYWORD);
}

/** Registers missing attributes, and waits until they can be searched for. Idempotent. */
export async function register(where: NamespaceConnection): Promise<SetUpAttribute[]> {
  const { connection, namespace } = where;
  const types = await typesOf(where);
  if (types === undefined) {
    if (await isSearchable(where)) return SEARCH_ATTRIBUTES.map((one) => withState(one, 'present'));
    throw refused(namespace);
  }
  for (const { name } of SEARCH_ATTRIBUTES) {
    const found = types[name];
    if (found === undefined || found === KEYWORD) continue;
    throw new UserMistake(
      `The namespace ${namespace} has a search attribute ${name} whose type is not ${TYPE}.`,
      `Remove it (temporal operator search-attribute remove --namespace ${namespace} --name ${name}), then run \`trailmill setup\` again.`,
    );
  }
  const missing = SEARCH_ATTRIBUTES.filter(({ name }) => types[name] === undefined);
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(missing.map(({ name }) => [name, KEYWORD]));
    try {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    } catch (error) {
      if (isRefusal(error)) throw refused(namespace);
      // For example, the namespace is at its limit of attributes.
      if (hasGrpcCode(error, GRPC.INVALID_ARGUMENT)) throw refused(namespace, grpcErrorOf(error)?.details);
      throw error;
    }
    await untilSearchable(where);
  }
  return SEARCH_ATTRIBUTES.map((one) => withState(one, missing.includes(one) ? 'registered' : 'present'));
}

type Attribute = (typeof SEARCH_ATTRIBUTES)[number];

function withState({ name }: Attribute, state: SetUpAttribute['state']): SetUpAttribute {
  return { name, type: TYPE, state };
}

/** The types of all custom attributes by name; `undefined` if the client may not list them. */
async function typesOf({
  connection,
  namespace,
}: NamespaceConnection): Promise<Partial<Record<string, number>> | undefined> {
  try {
    return (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** The server rejects a search by an attribute that does not exist. */
async function isSearchable({ connection, namespace }: NamespaceConnection): Promise<boolean> {
  const query = SEARCH_ATTRIBUTES.map(({ name }) => `${name} = 'none'`).join(' AND ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if (hasGrpcCode(error, GRPC.INVALID_ARGUMENT)) return false;
    throw error;
  }
}

/** A registration takes a while to reach all machines of a cluster: until then, no workflow can be started with the attributes. */
async function untilSearchable(where: NamespaceConnection): Promise<void> {
  for (const end = Date.now() + VISIBLE_WITHIN_MS; !(await isSearchable(where)); ) {
    if (Date.now() > end)
      throw new WorkFailed('The registered search attributes are not visible yet.', 'Run `trailmill setup` again.');
    await wait(200);
  }
}

function refused(namespace: string, reason?: string): WorkFailed {
  const cloud = SEARCH_ATTRIBUTES.map(({ name }) => `--search-attribute "${name}=${TYPE}"`);
  const own = SEARCH_ATTRIBUTES.map(({ name }) => `--name ${name} --type ${TYPE}`);
  const why = reason === undefined ? ' with these permissions.' : `: ${reason}`;
  return new WorkFailed(
    `The search attributes cannot be registered in the namespace ${namespace}${why}`,
    `Ask an administrator to register them. On Temporal Cloud: tcld namespace search-attributes add --namespace ${namespace} ${cloud.join(' ')}, or the namespace's page. ` +
      `On a self-hosted cluster: temporal operator search-attribute create --namespace ${namespace} ${own.join(' ')}`,
  );
}

function isRefusal(error: unknown): boolean {
  return hasGrpcCode(error, GRPC.PERMISSION_DENIED, GRPC.UNIMPLEMENTED);
}
