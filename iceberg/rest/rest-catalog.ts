/**
 * The catalog port for Iceberg REST catalogs: AWS Glue, S3 Tables, Polaris, Lakekeeper, Nessie … The server writes the metadata
 * files; the client writes data files, manifests and manifest lists to the location that the server returns.
 */
import { CommitConflict, CommitStateUnknown, TableUnusable } from '../../errors/index.js';
import type { Catalog, LoadedTable, TableIdentifier } from '../catalog.js';
import type { Call, CallOptions, CallResult } from './client.js';
import { type ErrorResponse, isAbsent, isConflict, metadataFileIn } from './failure.js';
import { type FileAccess, fileAccessOf } from './file-access.js';
import { commitBody, parseTableResponse, qualifiedName, type TableResponse } from './messages.js';
import { newTable } from './new-table.js';
import type { Paths } from './paths.js';
import { createSession, type SessionOptions } from './session.js';
import type { RestCatalogSettings } from './settings.js';
import { createTableStores, type OpenStore } from './table-stores.js';

/** What a REST catalog needs besides its settings. */
export interface RestCatalogDependencies extends SessionOptions {
  /** Opens the root of a bucket or file system. Keys are full keys. */
  openStore: OpenStore;
}

/** Requests credentials for the table's files (protocol, `X-Iceberg-Access-Delegation`). */
const DELEGATION = { 'x-iceberg-access-delegation': 'vended-credentials' };

/** Opens a REST catalog. Sends no requests until a table is accessed; throws `UserMistake` immediately for invalid settings. */
export function createRestCatalog(settings: RestCatalogSettings, dependencies: RestCatalogDependencies): Catalog {
  const session = createSession(settings, dependencies);
  const now = dependencies.now ?? Date.now;
  const delegation = settings.accessDelegation === false ? {} : DELEGATION;
  // Credentials are renewed by loading the table again: all servers support that, and some have no other way.
  const renew = async (identifier: TableIdentifier) => {
    const found = await requestTable(identifier);
    return found && (await accessOf(found)).credentials;
  };
  const stores = createTableStores(dependencies.openStore, renew, now);

  async function send(call: (paths: Paths) => Call, options: CallOptions): Promise<CallResult> {
    options.signal?.throwIfAborted();
    const { client, paths } = await session.open(options.signal);
    return client.call(call(paths), options);
  }

  async function accessOf({ files }: TableResponse, signal?: AbortSignal): Promise<FileAccess> {
    const { properties } = (await session.open(signal)).server;
    return fileAccessOf(files, { properties, s3: settings.s3, now: now() });
  }

  async function loaded(
    identifier: TableIdentifier,
    response: TableResponse,
    signal?: AbortSignal,
  ): Promise<LoadedTable> {
    return tableOf(identifier, response, stores.storeOf(identifier, await accessOf(response, signal)));
  }

  async function requestTable(identifier: TableIdentifier, signal?: AbortSignal): Promise<TableResponse | undefined> {
    const expected = (errorResponse: ErrorResponse): boolean =>
      isAbsent(errorResponse) && metadataFileIn(errorResponse) === undefined;
    const response = await send(
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
    return 'errorResponse' in response ? undefined : parseTableResponse(response.json, identifier);
  }

  async function loadTable(identifier: TableIdentifier, signal?: AbortSignal): Promise<LoadedTable | undefined> {
    const response = await requestTable(identifier, signal);
    return response && loaded(identifier, response, signal);
  }

  return {
    description: session.description,
    loadTable,

    async ensureTable(identifier, create, signal) {
      const found = await loadTable(identifier, signal);
      if (found) return found;
      const response = await newTable(identifier, create, {
        send: (call, expected) => send(call, { expected, signal }),
        headers: delegation,
        root: settings.location,
      });
      const table = response ? await loaded(identifier, response, signal) : await loadTable(identifier, signal);
      if (table) return table;
      throw new TableUnusable(
        `The ${session.description} reports that the name ${qualifiedName(identifier)} already exists, but has no such table.`,
        'A view or a table in another format may have that name: remove it, or use another name.',
      );
    },

    async commit({ identifier, store }, requirements, updates, signal) {
      const response = await send(
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
      if ('errorResponse' in response)
        throw new CommitConflict(`The catalog rejected the commit: ${response.errorResponse.message}`);
      if (response.json.metadata === undefined) {
        throw new CommitStateUnknown(
          `The response of the ${session.description} to a commit does not contain the table.`,
        );
      }
      return tableOf(identifier, parseTableResponse(response.json, identifier), store);
    },
  };
}

function tableOf(
  identifier: TableIdentifier,
  { metadata, metadataLocation }: TableResponse,
  store: LoadedTable['store'],
): LoadedTable {
  return { identifier, location: metadata.location.replace(/\/+$/, ''), store, metadataLocation, metadata };
}
