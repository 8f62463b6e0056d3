/**
 * How somebody else's S3 client reaches what a store reaches, as the same identity: for an engine that reads the files
 * itself. Only a store of this room can tell; what is wrapped around one cannot.
 */
import type { ObjectStore } from '../object-store.js';

export interface S3Access {
  /** Of a server that is not AWS. */
  endpoint?: string;
  /** Of the bucket, where a request has been answered already. */
  region: string;
  pathStyle: boolean;
  requesterPays: boolean;
  /** As they are now: those of a role, or of a catalog, end at some time. Never for a message or a log. */
  credentials: S3Identity;
}

export interface S3Identity {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const known = new WeakMap<ObjectStore, () => Promise<S3Access>>();

/** For the maker of a store. */
export function offerAccess(store: ObjectStore, access: () => Promise<S3Access>): void {
  known.set(store, access);
}

/** `undefined` for a store that is not in S3. Rejects with an error of the port where there are no credentials. */
export async function s3AccessOf(store: ObjectStore): Promise<S3Access | undefined> {
  return known.get(store)?.();
}
