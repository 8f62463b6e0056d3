/**
 * The catalog port on an Iceberg REST catalog: AWS Glue, S3 Tables, Polaris, Lakekeeper, Nessie … The server writes the
 * metadata files; data files, manifests and manifest lists are ours to write, to where it says that the table is.
 */
import { CommitConflict, CommitStateUnknown, TableUnusable } from '../../errors/index.js';
import type { Catalog, LoadedTable, TableIdentifier } from '../catalog.js';
import type { Answer, Call, Expected } from './client.js';
import { isAbsent, isConflict, metadataFileIn } from './failure.js';
import { type FileAccess, fileAccessOf } from './file-access.js';
import { commitBody, nameOf, type TableAnswer, tableAnswerOf } from './messages.js';
import { newTable } from './new-table.js';
import type { Paths } from './paths.js';
import { createSession, type SessionOptions } from './session.js';
import type { RestCatalogSettings } from './settings.js';
import { createTableStores, type OpenStore } from './table-stores.js';

export interface RestCatalogDependencies extends SessionOptions {
  /** Opens the root of a bucket or of a file system: keys are whole. */
  openStore: OpenStore;
}

/** Asks for credentials for the table's files (protocol, `X-Iceberg-Access-Delegation`). */
const DELEGATION = { 'x-iceberg-access-delegation': 'vended-credentials' };

/** Opens a REST catalog. Nothing is asked until a table is; settings that cannot be right throw `UserMistake` at once. */
export function createRestCatalog(settings: RestCatalogSettings, dependencies: RestCatalogDependencies): Catalog {
  const session = createSession(settings, dependencies);
  const now = dependencies.now ?? Date.now;
  const delegation = settings.accessDelegation === false ? {} : DELEGATION;
  // A renewal loads the table again: every server can do that, and some have no other way.
  const renew = async (identifier: TableIdentifier) => {
    const found = await ask(identifier);
    return found && (await accessOf(found)).credentials;
  };
  const stores = createTableStores(dependencies.openStore, renew, now);

  async function send(call: (paths: Paths) => Call, expected?: Expected): Promise<Answer> {
    const { client, paths } = await session.open();
    return client.call(call(paths), expected);
  }

  async function accessOf({ words }: TableAnswer): Promise<FileAccess> {
    const { properties } = (await session.open()).server;
    return fileAccessOf(words, { properties, s3: settings.s3, now: now() });
  }

  async function loaded(identifier: TableIdentifier, answer: TableAnswer): Promise<LoadedTable> {
    return tableOf(identifier, answer, stores.storeOf(identifier, await accessOf(answer)));
  }

  async function ask(identifier: TableIdentifier): Promise<TableAnswer | undefined> {
    const answer = await send(
      (paths) => ({
        operation: 'load a table',
        subject: nameOf(identifier),
        method: 'GET',
        path: paths.table(identifier),
        headers: delegation,
        repeatable: true,
      }),
      (refusal) => isAbsent(refusal) && metadataFileIn(refusal) === undefined,
    );
    return 'refusal' in answer ? undefined : tableAnswerOf(answer.json, identifier);
  }

  async function loadTable(identifier: TableIdentifier): Promise<LoadedTable | undefined> {
    const answer = await ask(identifier);
    return answer && loaded(identifier, answer);
  }

  return {
    description: session.description,
    loadTable,

    async ensureTable(identifier, create) {
      const found = await loadTable(identifier);
      if (found) return found;
      const answer = await newTable(identifier, create, { send, headers: delegation, root: settings.location });
      const table = answer ? await loaded(identifier, answer) : await loadTable(identifier);
      if (table) return table;
      throw new TableUnusable(
        `The ${session.description} says that the name ${nameOf(identifier)} is taken, and has no such table.`,
        'A view may have that name, or a table of another format: remove it, or use another name.',
      );
    },

    async commit({ identifier, store }, requirements, updates) {
      const answer = await send(
        (paths) => ({
          operation: 'commit',
          subject: nameOf(identifier),
          method: 'POST',
          path: paths.table(identifier),
          body: commitBody(requirements, updates),
          repeatable: false,
        }),
        isConflict,
      );
      if ('refusal' in answer)
        throw new CommitConflict(`The catalog did not take the commit: ${answer.refusal.message}`);
      if (answer.json.metadata === undefined) {
        throw new CommitStateUnknown(`The ${session.description} answered a commit without the table.`);
      }
      return tableOf(identifier, tableAnswerOf(answer.json, identifier), store);
    },
  };
}

function tableOf(
  identifier: TableIdentifier,
  { metadata, metadataLocation }: TableAnswer,
  store: LoadedTable['store'],
): LoadedTable {
  return { identifier, location: metadata.location.replace(/\/+$/, ''), store, metadataLocation, metadata };
}
