/** The stores of tables: one for each place and way to reach it, with credentials that are renewed before they end. */
import { StorageAccessDenied } from '../../errors/index.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { CredentialProvider } from '../../storage/s3/credentials.js';
import type { TableIdentifier } from '../catalog.js';
import type { Credentials, FileAccess } from './file-access.js';

/** Opens the store at an address; with `credentials`, it uses these instead of those of the process. */
export type OpenStore = (address: string, credentials?: CredentialProvider) => ObjectStore;

/** Asks the catalog for new credentials of a table. */
export type Renew = (identifier: TableIdentifier) => Promise<Credentials | undefined>;

/** Gives each table its store. */
export interface TableStores {
  /** The store of a table that was loaded just now. */
  storeOf(identifier: TableIdentifier, access: FileAccess): ObjectStore;
}

/** Credentials that expire sooner are renewed; AWS SDKs ask five minutes before the expiry. Milliseconds. */
const RENEW_BEFORE_MS = 300_000;

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
      // Vended credentials are good for one table only.
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
  /** Takes credentials that came with a loaded table: that saves a request. */
  offer(credentials: Credentials): void;
}

function createVended(first: Credentials, identifier: TableIdentifier, renew: Renew, now: () => number): Vended {
  let newest = first;
  let asking: Promise<Credentials> | undefined;
  const ask = async (): Promise<Credentials> => {
    const found = await renew(identifier);
    if (found === undefined) {
      throw new StorageAccessDenied(
        `The catalog gives no credentials any more for the files of ${identifier.namespace}.${identifier.name}.`,
        'See whether its warehouse still vends them, and whether the table is still there.',
      );
    }
    newest = found;
    return found;
  };
  return {
    offer(credentials) {
      if (endOf(credentials) >= endOf(newest)) newest = credentials;
    },
    async provide() {
      if (endOf(newest) - now() > RENEW_BEFORE_MS) return newest;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      try {
        return await asking;
      } catch (error) {
        // The catalog does not answer: the old credentials are used while they are valid.
        if (endOf(newest) > now()) return newest;
        throw error;
      }
    },
  };
}

const endOf = ({ expiration }: Credentials): number => expiration?.getTime() ?? Number.POSITIVE_INFINITY;
