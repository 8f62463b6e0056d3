/** Searches for `AWSLogs/` outside the configured location. Takes a bounded number of listings, and reads no objects. */
import { ACCOUNT_PATTERN, KINDS, LOGS_FOLDER, ORGANIZATION_PATTERN } from '../cloudtrail/object-key.js';
import { StorageAccessDenied } from '../errors/index.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';

/** Maximum depth of the search. */
const MAX_LEVELS = 6;
/** Maximum number of folders to list, one page each. It takes a few seconds and costs a fraction of a cent. */
const MAX_FOLDERS = 300;
const CONCURRENT_LISTINGS = 16;
/** Milliseconds. Listing a directory on disk reads its files to compute ETags, which takes long for large files. */
const TIME_LIMIT_MS = 15_000;

/** An `AWSLogs` folder. */
export interface LogsFolder {
  /** Key prefix of the folder that contains it, without leading or trailing slashes; empty at the root of the store. */
  keyPrefix: string;
  /** Its name as spelled in the store: `AWSLogs`, or a variant in another case. */
  name: string;
  /** True if it contains CloudTrail folders. Other services deliver to `AWSLogs/` too. */
  cloudTrail: boolean;
}

/** The result of a search. */
export interface LogsSearch {
  /** The most likely candidates first. */
  found: LogsFolder[];
  /** The first one in a folder with an empty name (`s3://bucket//AWSLogs/`), which S3 allows but no key prefix can express. */
  unnamed?: string;
  /** Number of folders that were listed. */
  listed: number;
}

/**
 * Searches from the root of the store and from `wanted`, the configured key prefix. Folders on the path to `wanted` or below
 * it (compared without case) come first, then all others, top levels first. Folders whose listing is denied are skipped.
 */
export async function searchLogs(store: ObjectStore, wanted: string, given?: AbortSignal): Promise<LogsSearch> {
  const deadline = AbortSignal.timeout(TIME_LIMIT_MS);
  const signal = given === undefined ? deadline : AbortSignal.any([given, deadline]);
  const found: LogsFolder[] = [];
  const starts = wanted === '' ? [''] : ['', `${wanted}/`];
  const seen = new Set(starts);
  let queue: QueuedFolder[] = starts.map((folder) => ({ folder, level: 0, near: true }));
  let listed = 0;
  let unnamed: string | undefined;
  const searchFolder = async ({ folder, level }: QueuedFolder): Promise<void> => {
    listed++;
    for (const name of await foldersIn(store, folder, signal)) {
      const below = `${folder}${name}/`;
      if (seen.has(below)) continue;
      if (!isLogs(name)) {
        seen.add(below);
        if (level + 1 < MAX_LEVELS) queue.push({ folder: below, level: level + 1, near: isNear(below, wanted) });
      } else if (folder.startsWith('/')) unnamed ??= below;
      else {
        seen.add(below);
        found.push({ keyPrefix: folder.slice(0, -1), name, cloudTrail: await hasCloudTrail(store, below, signal) });
      }
    }
  };
  try {
    while (queue.length > 0 && listed < MAX_FOLDERS) {
      queue.sort((a, b) => Number(b.near) - Number(a.near) || a.level - b.level);
      const next = queue.slice(0, CONCURRENT_LISTINGS);
      queue = queue.slice(CONCURRENT_LISTINGS);
      await mapConcurrent(next, CONCURRENT_LISTINGS, searchFolder);
    }
  } catch (error) {
    given?.throwIfAborted();
    if (!deadline.aborted) throw error;
  }
  const rank = ({ name, cloudTrail }: LogsFolder): number => (cloudTrail ? 0 : 2) + (name === LOGS_FOLDER ? 0 : 1);
  return { found: found.sort((a, b) => rank(a) - rank(b)), unnamed, listed };
}

interface QueuedFolder {
  folder: string;
  level: number;
  /** On the path to the configured key prefix, or below it. */
  near: boolean;
}

/** Returns the names of the subfolders of a folder, from the first page of its listing; none if listing is denied. */
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

/** The number of accounts and organizations that are checked for CloudTrail folders. */
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

/** Tests whether a folder is on the path to `wanted` or below it, ignoring case. */
function isNear(folder: string, wanted: string): boolean {
  const [path, target] = [folder.toLowerCase(), `${wanted.toLowerCase()}/`];
  return target.startsWith(path) || path.startsWith(target);
}
