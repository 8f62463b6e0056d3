/** The search attributes on a cluster: are they there, and registering what is missing. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from '../../cluster/cluster.js';
import { GRPC, grpcErrorOf, hasGrpcCode } from '../../cluster/grpc.js';
import { UserMistake } from '../../errors/index.js';
import { version } from '../../install/package.js';
import type { Visibility } from '../../protocol/messages.js';
import { SEARCH_ATTRIBUTES } from '../../protocol/search-attributes.js';
import { WorkFailed } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';

type Where = Pick<Cluster, 'connection' | 'namespace'>;

/** One attribute after `setup`; also its JSON. */
export interface SetUpAttribute {
  name: string;
  type: typeof TYPE;
  state: 'registered' | 'present';
}

/** The type of all of them, as Temporal's command line and Temporal Cloud write it. */
const TYPE = 'Keyword';
/** `INDEXED_VALUE_TYPE_KEYWORD` of the protocol. */
const KEYWORD = 2;

/** Milliseconds that a registration may take to be seen by who asks for workflows. */
const SEEN_LIMIT = 30_000;

/** What a workflow that is started now is told. */
export async function visibilityOf(where: Where): Promise<Visibility> {
  return { version: version(), searchable: await areRegistered(where) };
}

/** Says what is missing where workflows cannot be found by their attributes. */
export function noteUnregistered(
  output: Pick<Output, 'note'>,
  namespace: string,
  { searchable }: Pick<Visibility, 'searchable'>,
): void {
  if (searchable) return;
  output.note(`The namespace ${namespace} has no search attributes of Trailmill: run \`trailmill setup\`, once.`);
}

/** Can workflows be given all attributes? */
export async function areRegistered(where: Where): Promise<boolean> {
  const types = await typesOf(where);
  // Where registering is not for clients, as on Temporal Cloud, a search says whether it knows them.
  if (types === undefined) return isSearchable(where);
  return SEARCH_ATTRIBUTES.every(({ name }) => types[name] === KEYWORD);
}

/** Registers what is missing, and waits until it can be searched for. Running it again changes nothing. */
export async function register(where: Where): Promise<SetUpAttribute[]> {
  const { connection, namespace } = where;
  const types = await typesOf(where);
  if (types === undefined) {
    if (await isSearchable(where)) return SEARCH_ATTRIBUTES.map((one) => stateOf(one, 'present'));
    throw refused(namespace);
  }
  for (const { name } of SEARCH_ATTRIBUTES) {
    const found = types[name];
    if (found === undefined || found === KEYWORD) continue;
    throw new UserMistake(
      `The namespace ${namespace} has a search attribute ${name} of another type than ${TYPE}.`,
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
      // Such as: the namespace has no room for one more.
      if (hasGrpcCode(error, GRPC.INVALID_ARGUMENT)) throw refused(namespace, grpcErrorOf(error)?.details);
      throw error;
    }
    await untilSearchable(where);
  }
  return SEARCH_ATTRIBUTES.map((one) => stateOf(one, missing.includes(one) ? 'registered' : 'present'));
}

type Attribute = (typeof SEARCH_ATTRIBUTES)[number];

function stateOf({ name }: Attribute, state: SetUpAttribute['state']): SetUpAttribute {
  return { name, type: TYPE, state };
}

/** The types of all custom attributes by name; `undefined` where a client may not ask for them. */
async function typesOf({ connection, namespace }: Where): Promise<Partial<Record<string, number>> | undefined> {
  try {
    return (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** A search that names an attribute which is not there is refused. */
async function isSearchable({ connection, namespace }: Where): Promise<boolean> {
  const query = SEARCH_ATTRIBUTES.map(({ name }) => `${name} = 'none'`).join(' AND ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if (hasGrpcCode(error, GRPC.INVALID_ARGUMENT)) return false;
    throw error;
  }
}

/** A cluster of several machines tells all of them with a delay: until then a workflow could not be started with them. */
async function untilSearchable(where: Where): Promise<void> {
  for (const end = Date.now() + SEEN_LIMIT; !(await isSearchable(where)); ) {
    if (Date.now() > end) throw new WorkFailed('What was registered does not show.', 'Run `trailmill setup` again.');
    await wait(200);
  }
}

function refused(namespace: string, reason?: string): WorkFailed {
  const cloud = SEARCH_ATTRIBUTES.map(({ name }) => `--search-attribute "${name}=${TYPE}"`);
  const own = SEARCH_ATTRIBUTES.map(({ name }) => `--name ${name} --type ${TYPE}`);
  const why = reason === undefined ? ' with these rights.' : `: ${reason}`;
  return new WorkFailed(
    `The search attributes cannot be registered in the namespace ${namespace}${why}`,
    `Somebody who may has to. On Temporal Cloud: tcld namespace search-attributes add --namespace ${namespace} ${cloud.join(' ')}, or the namespace's page. ` +
      `On a cluster of your own: temporal operator search-attribute create --namespace ${namespace} ${own.join(' ')}`,
  );
}

function isRefusal(error: unknown): boolean {
  return hasGrpcCode(error, GRPC.PERMISSION_DENIED, GRPC.UNIMPLEMENTED);
}
