/** Searches for `AWSLogs/` where it is not at the configured place: a bounded number of listings; no object is read. */
import { ACCOUNT_PATTERN, KINDS, LOGS_FOLDER, ORGANIZATION_PATTERN } from '../cloudtrail/object-key.js';
import { StorageAccessDenied } from '../errors/index.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';

/** Levels of folders below where the search begins. */
const MOST_LEVELS = 6;
/** Folders that are listed, each with one page: some seconds, and a fraction of a cent. */
const MOST_FOLDERS = 300;
const AT_ONCE = 16;
/** Milliseconds. A directory on disk may hold large files, which are read for their ETags. */
const LONGEST = 15_000;

/** A folder that has CloudTrail files. */
export interface LogsFolder {
  /** Key prefix of the folder that holds it, without slashes at its ends; empty at the root of the store. */
  keyPrefix: string;
  /** As it is spelled: `AWSLogs`, or in another case. */
  name: string;
  /** Has it CloudTrail's files? Other services deliver to `AWSLogs/` too. */
  cloudTrail: boolean;
}

/** What a search has found. */
export interface LogsSearch {
  /** The likeliest first. */
  found: LogsFolder[];
  /** The first one below a folder without a name (`s3://bucket//AWSLogs/`): S3 can have it, and no key prefix can name it. */
  unnamed?: string;
  /** Folders that were listed. */
  listed: number;
}

/**
 * Looks below the root of the store and below `wanted`, a key prefix that somebody wrote: first at what is on the way there or
 * below it, in whatever case, then at all else, the upper levels first. What may not be listed is passed over.
 */
export async function searchLogs(store: ObjectStore, wanted: string, given?: AbortSignal): Promise<LogsSearch> {
  const deadline = AbortSignal.timeout(LONGEST);
  const signal = given === undefined ? deadline : AbortSignal.any([given, deadline]);
  const found: LogsFolder[] = [];
  const starts = wanted === '' ? [''] : ['', `${wanted}/`];
  const seen = new Set(starts);
  let waiting: Waiting[] = starts.map((folder) => ({ folder, level: 0, near: true }));
  let listed = 0;
  let unnamed: string | undefined;
  const lookInto = async ({ folder, level }: Waiting): Promise<void> => {
    listed++;
    for (const name of await foldersIn(store, folder, signal)) {
      const below = `${folder}${name}/`;
      if (seen.has(below)) continue;
      if (!isLogs(name)) {
        seen.add(below);
        if (level + 1 < MOST_LEVELS) waiting.push({ folder: below, level: level + 1, near: isNear(below, wanted) });
      } else if (folder.startsWith('/')) unnamed ??= below;
      else {
        seen.add(below);
        found.push({ keyPrefix: folder.slice(0, -1), name, cloudTrail: await hasCloudTrail(store, below, signal) });
      }
    }
  };
  try {
    while (waiting.length > 0 && listed < MOST_FOLDERS) {
      waiting.sort((a, b) => Number(b.near) - Number(a.near) || a.level - b.level);
      const next = waiting.slice(0, AT_ONCE);
      waiting = waiting.slice(AT_ONCE);
      await mapConcurrent(next, AT_ONCE, lookInto);
    }
  } catch (error) {
    given?.throwIfAborted();
    if (!deadline.aborted) throw error;
  }
  const rank = ({ name, cloudTrail }: LogsFolder): number => (cloudTrail ? 0 : 2) + (name === LOGS_FOLDER ? 0 : 1);
  return { found: found.sort((a, b) => rank(a) - rank(b)), unnamed, listed };
}

interface Waiting {
  folder: string;
  level: number;
  /** On the way to what somebody wrote, or below it. */
  near: boolean;
}

/** The names of the folders in one, of the first page; none where listing is refused. */
export async function foldersIn(store: ObjectStore, prefix: string, signal?: AbortSignal): Promise<string[]> {
  try {
    for await (const { prefixes } of store.list(prefix, { delimiter: '/', signal, onUnusable: () => {} }))
      return prefixes.map((folder) => folder.slice(prefix.length, -1));
    return [];
  } catch (error) {
    if (error instanceof StorageAccessDenied) return [];
    throw error;
  }
}

function isLogs(name: string): boolean {
  return name.toLowerCase() === LOGS_FOLDER.toLowerCase();
}

/** Accounts and organizations that are looked into. */
const SAMPLE = 3;

async function hasCloudTrail(store: ObjectStore, folder: string, signal: AbortSignal): Promise<boolean> {
  const top = await foldersIn(store, folder, signal);
  const organizations = top.filter((name) => ORGANIZATION_PATTERN.test(name)).slice(0, SAMPLE);
  const accounts = top.filter((name) => ACCOUNT_PATTERN.test(name)).slice(0, SAMPLE);
  for (const organization of organizations) {
    const members = await foldersIn(store, `${folder}${organization}/`, signal);
    accounts.push(
      ...members
        .filter((name) => ACCOUNT_PATTERN.test(name))
        .slice(0, SAMPLE)
        .map((name) => `${organization}/${name}`),
    );
  }
  for (const account of accounts) {
    const kinds = await foldersIn(store, `${folder}${account}/`, signal);
    if (kinds.some((name) => (KINDS as readonly string[]).includes(name))) return true;
  }
  return false;
}

/** Is it on the way that somebody wrote, or below its end, in whatever case? */
function isNear(folder: string, wanted: string): boolean {
  const [path, way] = [folder.toLowerCase(), `${wanted.toLowerCase()}/`];
  return way.startsWith(path) || path.startsWith(way);
}
