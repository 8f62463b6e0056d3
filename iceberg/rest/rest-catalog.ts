/**
 * The catalog port on an Iceberg REST catalog: AWS Glue, S3 Tables, Polaris, Lakekeeper, Nessie … The server writes the
 * metadata files; data files, manifests and manifest lists are ours to write, to where it says that the table is.
 */
import { CommitConflict, CommitStateUnknown, TableUnusable } from '../../errors/index.js';
import type { Catalog, LoadedTable, TableIdentifier } from '../catalog.js';
import type { Answer, Call, CallOptions } from './client.js';
import { isAbsent, isConflict, metadataFileIn, type Refusal } from './failure.js';
import { type FileAccess, fileAccessOf } from './file-access.js';
import { commitBody, qualifiedName, type TableAnswer, tableAnswerOf } from './messages.js';
import { newTable } from './new-table.js';
import type { Paths } from './paths.js';
import { createSession, type SessionOptions } from './session.js';
import type { RestCatalogSettings } from './settings.js';
import { createTableStores, type OpenStore } from './table-stores.js';

/** What a REST catalog needs besides its settings. */
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

  async function send(call: (paths: Paths) => Call, options: CallOptions): Promise<Answer> {
    options.signal?.throwIfAborted();
    const { client, paths } = await session.open(options.signal);
    return client.call(call(paths), options);
  }

  async function accessOf({ files }: TableAnswer, signal?: AbortSignal): Promise<FileAccess> {
    const { properties } = (await session.open(signal)).server;
    return fileAccessOf(files, { properties, s3: settings.s3, now: now() });
  }

  async function loaded(identifier: TableIdentifier, answer: TableAnswer, signal?: AbortSignal): Promise<LoadedTable> {
    return tableOf(identifier, answer, stores.storeOf(identifier, await accessOf(answer, signal)));
  }

  async function ask(identifier: TableIdentifier, signal?: AbortSignal): Promise<TableAnswer | undefined> {
    const expected = (refusal: Refusal): boolean => isAbsent(refusal) && metadataFileIn(refusal) === undefined;
    const answer = await send(
      (paths) => ({
        operation: 'load a table',
        subject: qualifiedName(identifier),
        method: 'GET',
        path: paths.table(identifier),
        headers: delegation,
        repeatable: true,
      }),
      { expected, signal },
    );
    return 'refusal' in answer ? undefined : tableAnswerOf(answer.json, identifier);
  }

  async function loadTable(identifier: TableIdentifier, signal?: AbortSignal): Promise<LoadedTable | undefined> {
    const answer = await ask(identifier, signal);
    return answer && loaded(identifier, answer, signal);
  }

  return {
    description: session.description,
    loadTable,

    async ensureTable(identifier, create, signal) {
      const found = await loadTable(identifier, signal);
      if (found) return found;
      const answer = await newTable(identifier, create, {
        send: (call, expected) => send(call, { expected, signal }),
        headers: delegation,
        root: settings.location,
      });
      const table = answer ? await loaded(identifier, answer, signal) : await loadTable(identifier, signal);
      if (table) return table;
      throw new TableUnusable(
        `The ${session.description} says that the name ${qualifiedName(identifier)} is taken, and has no such table.`,
        'A view may have that name, or a table of another format: remove it, or use another name.',
      );
    },

    async commit({ identifier, store }, requirements, updates, signal) {
      const answer = await send(
        (paths) => ({
          operation: 'commit',
          subject: qualifiedName(identifier),
          method: 'POST',
          path: paths.table(identifier),
          body: commitBody(requirements, updates),
          repeatable: false,
        }),
        { expected: isConflict, signal },
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
