/**
 * A synthetic bucket of an organization's size: its keys are generated when they are listed, so that hundreds of accounts need
 * no memory. It measures what a reader requests.
 */
import { ObjectNotFound } from '../../errors/index';
import { PAGE_SIZE } from '../../storage/keys';
import type { ListOptions, ListPage, ObjectInfo, ObjectStore } from '../../storage/object-store';

export interface SyntheticPlace {
  account: string;
  region: string;
  kind: string;
  /** `YYYY-MM-DD`. */
  day: string;
}

export interface SyntheticOptions {
  accounts: number;
  regions: readonly string[];
  kinds: readonly string[];
  /** `YYYY-MM-DD`, ascending: the only ones with files. */
  days: readonly string[];
  files(place: SyntheticPlace): number;
  /** Folders below `AWSLogs/` that contain the accounts; `''` for the trails of single accounts. */
  organizations?: readonly string[];
  /** Milliseconds that each page takes. */
  latency?: number;
}

export interface Measured {
  /** Pages that were requested, including empty ones: each is a request. */
  listings: number;
  /** Of these with a delimiter. */
  folders: number;
  /** Objects that were listed. */
  objects: number;
  mostAtOnce: number;
}

export interface SyntheticBucket extends ObjectStore {
  readonly measured: Measured;
}

/** What is in a folder: names of folders, or a number of files. */
type Content = { folders: readonly string[] } | { files: number };

export const accountAt = (index: number): string => String(100_000_000_000 + index);

/** A bucket with the address `memory://synthetic`, for listing only. */
export function syntheticBucket(options: SyntheticOptions): SyntheticBucket {
  const { regions, kinds, days, organizations = [''], latency = 0 } = options;
  const accounts = Array.from({ length: options.accounts }, (_, index) => accountAt(index));
  const measured: Measured = { listings: 0, folders: 0, objects: 0, mostAtOnce: 0 };
  let atOnce = 0;

  /** `path`: the parts between slashes before the content. */
  function contentOf(path: readonly string[]): Content {
    const [root, ...rest] = path;
    if (root === undefined) return { folders: ['AWSLogs'] };
    if (rest.length === 0)
      return { folders: [...(organizations.includes('') ? accounts : []), ...organizations.filter(Boolean)].sort() };
    const [first, ...below] = rest[0].startsWith('o-') ? rest.slice(1) : rest;
    if (first === undefined) return { folders: accounts };
    const [kind, region, ...date] = below;
    if (kind === undefined) return { folders: [...kinds].sort() };
    if (region === undefined) return { folders: [...regions].sort() };
    if (date.length < 3) {
      const matching = days
        .map((day) => day.split('-'))
        .filter((parts) => date.every((part, at) => parts[at] === part));
      return { folders: [...new Set(matching.map((parts) => parts[date.length]))].sort() };
    }
    return { files: options.files({ account: first, kind, region, day: date.join('-') }) };
  }

  function* entries(path: readonly string[], prefix: string, after: string, folders: boolean): Generator<string> {
    const base = path.map((name) => `${name}/`).join('');
    const content = contentOf(path);
    // Of many folders only the one that the prefix names.
    const [named, ...deeper] = prefix.startsWith(base) ? prefix.slice(base.length).split('/') : [];
    const isWanted = (name: string): boolean => deeper.length === 0 || name === named;
    const names =
      'folders' in content
        ? content.folders.filter(isWanted).map((name) => `${name}/`)
        : Array.from({ length: content.files }, (_, index) => `${String(index).padStart(7, '0')}.json.gz`);
    for (const name of names) {
      const key = base + name;
      if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
      if (key <= after && !after.startsWith(key)) continue;
      if (!name.endsWith('/')) yield key;
      else if (folders && key.startsWith(prefix) && key !== prefix) yield key;
      else yield* entries([...path, name.slice(0, -1)], prefix, after, folders);
    }
  }

  async function request(): Promise<void> {
    measured.listings++;
    atOnce++;
    measured.mostAtOnce = Math.max(measured.mostAtOnce, atOnce);
    await new Promise((resolve) => (latency === 0 ? setImmediate(resolve) : setTimeout(resolve, latency)));
    atOnce--;
  }

  async function* list(prefix: string, { delimiter, startAfter = '', signal }: ListOptions = {}) {
    const found = entries([], prefix, startAfter, delimiter !== undefined);
    for (let next = found.next(); ; ) {
      signal?.throwIfAborted();
      if (delimiter !== undefined) measured.folders++;
      await request();
      signal?.throwIfAborted();
      const page: ListPage = { objects: [], prefixes: [] };
      for (; !next.done && page.objects.length + page.prefixes.length < PAGE_SIZE; next = found.next()) {
        if (next.value.endsWith('/')) page.prefixes.push(next.value);
        else page.objects.push(objectAt(next.value));
      }
      measured.objects += page.objects.length;
      if (page.objects.length + page.prefixes.length > 0) yield page;
      if (next.done) return;
    }
  }

  const refuse = (key: string): Promise<never> => Promise.reject(new ObjectNotFound(`${key} is for listing only.`));
  const calls = {
    get: refuse,
    getRange: refuse,
    head: refuse,
    put: refuse,
    delete: refuse,
    deleteAll: () => refuse(''),
  };
  return { uri: 'memory://synthetic', measured, list, ...calls };
}

function objectAt(key: string): ObjectInfo {
  // Flat strings: a key that is a rope of its parts would be measured as several.
  return { key: Buffer.from(key, 'latin1').toString('latin1'), size: 10_000, etag: `e${key.length}`, lastModified: 0 };
}
