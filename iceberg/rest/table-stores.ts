/** The stores of tables: one per address, with credentials that are renewed before they expire. */
import { StorageAccessDenied } from '../../errors/index.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { CredentialProvider } from '../../storage/s3/credentials.js';
import type { TableIdentifier } from '../catalog.js';
import { type Credentials, type FileAccess, RENEW_CREDENTIALS_BEFORE_MS } from './file-access.js';

/** Opens the store at an address; `credentials` replace those of the process. */
export type OpenStore = (address: string, credentials?: CredentialProvider) => ObjectStore;

/** Requests new credentials for a table from the catalog; `undefined` if it returns none. */
export type Renew = (identifier: TableIdentifier) => Promise<Credentials | undefined>;

/** The stores of a catalog's tables. */
export interface TableStores {
  /** Returns the store of a table that has just been loaded. */
  storeOf(identifier: TableIdentifier, access: FileAccess): ObjectStore;
}

/** Creates the stores of a catalog's tables. `now`: milliseconds since the epoch. */
export function createTableStores(openStore: OpenStore, renew: Renew, now: () => number): TableStores {
  const shared = new Map<string, ObjectStore>();
  const own = new Map<string, { address: string; store: ObjectStore; vended: Vended }>();

  return {
    storeOf(identifier, { address, credentials }) {
      if (credentials === undefined) {
        const store = shared.get(address) ?? openStore(address);
        shared.set(address, store);
        return store;
      }
      // Vended credentials are valid for one table only.
      const name = JSON.stringify([identifier.namespace, identifier.name]);
      const known = own.get(name);
      if (known?.address === address) {
        known.vended.offer(credentials);
        return known.store;
      }
      const vended = createVended(credentials, identifier, renew, now);
      const store = openStore(address, vended.provide);
      own.set(name, { address, store, vended });
      return store;
    },
  };
}

interface Vended {
  provide: CredentialProvider;
  /** Takes the credentials that came with a loaded table, which saves a request. */
  offer(credentials: Credentials): void;
}

function createVended(first: Credentials, identifier: TableIdentifier, renew: Renew, now: () => number): Vended {
  let newest = first;
  let renewal: Promise<Credentials> | undefined;
  const requestNew = async (): Promise<Credentials> => {
    const found = await renew(identifier);
    if (found === undefined) {
      throw new StorageAccessDenied(
        `The catalog no longer returns credentials for the files of ${identifier.namespace}.${identifier.name}.`,
        'Check that its warehouse still vends them, and that the table still exists.',
      );
    }
    newest = found;
    return found;
  };
  return {
    offer(credentials) {
      if (expirationOf(credentials) >= expirationOf(newest)) newest = credentials;
    },
    async provide() {
      if (expirationOf(newest) - now() > RENEW_CREDENTIALS_BEFORE_MS) return newest;
      renewal ??= requestNew().finally(() => {
        renewal = undefined;
      });
      try {
        return await renewal;
      } catch (error) {
        // If the catalog does not respond, the old credentials are used while they are valid.
        if (expirationOf(newest) > now()) return newest;
        throw error;
      }
    },
  };
}

const expirationOf = ({ expiration }: Credentials): number => expiration?.getTime() ?? Number.POSITIVE_INFINITY;
