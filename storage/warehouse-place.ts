/**
 * Valid warehouse locations. Iceberg stores file locations in its metadata verbatim, and each reader parses them in its own
 * way, so a location is rejected if any reader would look somewhere else. All of this was tested with `trailmill query`,
 * PyIceberg 0.12, DuckDB 1.5 and Spark 3.5 (the last manually), on disk and on an S3 server:
 * test/integration/storage/warehouse-paths.test.ts.
 */
import { lstatSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { printable } from '../text/printable.js';
import { formatAddress, parseAddress, type StoreAddress, s3Uri } from './address.js';
import { isInside, realPath } from './real-path.js';

type Scheme = StoreAddress['scheme'];

interface RejectedCharacters {
  characters: string;
  /** Continues the message "The warehouse … has X in its path: ". */
  why: string;
  /** Applies to this scheme only; absent: to both. */
  only?: Scheme;
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html#object-key-guidelines-avoid-characters
const AVOIDED = 'AWS advises against it in keys';

const REJECTED: readonly RejectedCharacters[] = [
  { characters: '#', why: 'PyIceberg treats it as the start of a URL fragment' },
  { characters: '?', why: 'PyIceberg and DuckDB treat it as the start of a URL query' },
  { characters: '%', why: 'tools disagree on whether %41 is three characters or the letter A' },
  { characters: '\\', why: 'it separates folders on some systems, and DuckDB treats it as an escape in patterns' },
  { characters: '"', why: "DuckDB's iceberg_scan cannot read such a path" },
  { characters: '*', why: 'DuckDB treats it as a wildcard, which matches other folders too' },
  { characters: '[]', why: 'DuckDB treats it as a pattern', only: 's3' },
  { characters: '{}^`<>|~', why: AVOIDED, only: 's3' },
];

/** Characters besides letters and digits that all readers accept, in S3 and on disk. */
const ALLOWED = " !$&'()+,-.:;=@_";
/** Characters that are also accepted on disk. */
const ALLOWED_ON_DISK = '<>[]^`{|}~';

/** Maximum bytes of a path component: the limit on Linux and macOS. */
const MAX_NAME_BYTES = 255;
/** Maximum bytes of the whole path: half of what S3 and Linux allow, to leave room for the paths of files in the warehouse. */
const MAX_PATH_BYTES: Record<Scheme, number> = { s3: 512, file: 2_048 };

/** Virtual file systems and devices, which cannot store files. Memory file systems below /dev/shm can. */
const SYSTEM_PATH = /^\/(?:proc|sys|dev(?!\/shm\/))(?:\/|$)/;

/**
 * The canonical form of a warehouse address; relative paths are resolved against `base`. Throws `UserMistake` if the location
 * cannot be a warehouse, including a path that is not a directory.
 */
export function normalizeWarehouse(uri: string, base: string): string {
  const address = parseAddress(uri, base);
  assertPortable(address);
  if (address.scheme === 'file') assertDirectory(address.directory);
  return formatAddress(address);
}

/** Throws `UserMistake` for a path that some readers of the tables cannot open; `what` names the setting in the message. */
export function assertPortable(address: StoreAddress, what = 'warehouse'): void {
  const path = pathOf(address);
  const why = pathProblem(path, address.scheme);
  if (why === undefined) return;
  const punctuation = address.scheme === 's3' ? ALLOWED : ALLOWED + ALLOWED_ON_DISK;
  const characters = [...punctuation.trim()].join(' ');
  throw new UserMistake(
    `The ${what} ${shown(address)} ${why}.`,
    `Choose another location. Allowed in its full path, including parent folders: letters, digits, spaces within names, and ${characters}`,
  );
}

/** Continues the message "The warehouse X "; `undefined` if the path is valid. */
function pathProblem(path: string, scheme: Scheme): string | undefined {
  for (const character of path) {
    if (character === '/') continue;
    const rejected = REJECTED.find(
      ({ characters, only = scheme }) => only === scheme && characters.includes(character),
    );
    if (rejected !== undefined) return `has ${character} in its path: ${rejected.why}`;
    if (printable(character) !== character)
      return `has the control or invisible character ${printable(character)} in its path, which some readers drop or misinterpret`;
    const allowed = scheme === 's3' ? ALLOWED : ALLOWED + ALLOWED_ON_DISK;
    if (!/[\p{L}\p{M}\p{N}]/u.test(character) && !allowed.includes(character))
      return `has ${character} in its path, which was not tested with all readers`;
  }
  const names = path.split('/');
  const spaced = names.find((name) => name !== name.trim());
  if (spaced !== undefined) return `has a leading or trailing space in ${JSON.stringify(spaced)}, which is easily lost`;
  if (scheme === 's3' && names.some((name) => name === '.' || name === '..'))
    return 'has . or .. as a folder, which are ordinary names in S3, but which readers resolve';
  const long = names.find((name) => Buffer.byteLength(name) > MAX_NAME_BYTES);
  if (long !== undefined) return `has a name of more than ${MAX_NAME_BYTES} bytes in its path`;
  const limit = MAX_PATH_BYTES[scheme];
  return Buffer.byteLength(path) > limit ? `has a path of more than ${limit} bytes` : undefined;
}

/** Throws `UserMistake` if the path or its nearest existing parent is not a directory that can store files. */
function assertDirectory(directory: string): void {
  const real = realPath(directory);
  if (process.platform === 'linux' && [directory, real].some((path) => SYSTEM_PATH.test(path)))
    throw new UserMistake(
      `The warehouse ${shownPath(directory)} is in a virtual file system (/proc, /sys, /dev) that cannot store files.`,
      'Choose a directory on a disk.',
    );
  for (let path = directory; ; path = dirname(path)) {
    try {
      if (statSync(path).isDirectory()) return;
      const where = path === directory ? 'is' : `is below ${shownPath(path)}, which is`;
      throw new UserMistake(
        `The warehouse ${shownPath(directory)} ${where} not a directory.`,
        'Choose a directory; it is created if it does not exist.',
      );
    } catch (error) {
      if (error instanceof UserMistake) throw error;
      if (isLink(path))
        throw new UserMistake(
          `The warehouse ${shownPath(directory)} is ${path === directory ? '' : 'below '}a dangling symbolic link${path === directory ? '' : `, ${shownPath(path)}`}.`,
          'Create the directory that the link points to, or remove the link.',
        );
      // Other problems (permissions) are reported by the write itself.
      if (!['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '') || path === dirname(path)) return;
    }
  }
}

/** Whether the path is a symbolic link, dangling or not. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/**
 * Checks that the warehouse and the CloudTrail files at `location` below `keyPrefix` (canonical addresses) do not overlap;
 * returns the error if they do. Links on disk are resolved. Two addresses with the same bucket name are the same bucket, unless
 * both have an endpoint and the endpoints differ.
 */
export function overlapError(warehouse: string, location: string, keyPrefix: string): UserMistake | undefined {
  const [tables, logs] = [parseAddress(warehouse), parseAddress(location)];
  const where =
    tables.scheme === 'file' && logs.scheme === 'file'
      ? onDisk(tables.directory, `${logs.directory}/${keyPrefix}`)
      : tables.scheme === 's3' && logs.scheme === 's3' && tables.bucket === logs.bucket && !areApart(tables, logs)
        ? byNames(namesIn(tables.prefix), namesIn(`${logs.prefix}/${keyPrefix}`))
        : undefined;
  if (where === undefined) return undefined;
  const bucket = shown(logs) + (keyPrefix === '' ? '' : `/${printable(keyPrefix)}`);
  return new UserMistake(
    `The warehouse ${shown(tables)} ${where} ${bucket}, where the CloudTrail files are.`,
    'Give it its own location, outside of the CloudTrail files: runs write to the warehouse, and only read what AWS delivers.',
  );
}

type Where = 'is the same location as' | 'is inside' | 'contains' | undefined;

function onDisk(tables: string, logs: string): Where {
  const [within, around] = [isInside(tables, [logs]), isInside(logs, [tables])];
  if (within) return around ? 'is the same location as' : 'is inside';
  return around ? 'contains' : undefined;
}

function byNames(tables: readonly string[], logs: readonly string[]): Where {
  const shorter = Math.min(tables.length, logs.length);
  if (tables.slice(0, shorter).some((name, index) => name !== logs[index])) return undefined;
  if (tables.length === logs.length) return 'is the same location as';
  return tables.length > logs.length ? 'is inside' : 'contains';
}

const namesIn = (prefix: string): string[] => prefix.split('/').filter((name) => name !== '');

function areApart(
  { options: { endpoint: one } }: Extract<StoreAddress, { scheme: 's3' }>,
  { options: { endpoint: two } }: Extract<StoreAddress, { scheme: 's3' }>,
): boolean {
  return one !== undefined && two !== undefined && hostOf(one) !== hostOf(two);
}

function hostOf(endpoint: string): string {
  const { host } = new URL(endpoint);
  return host.replace(/^(localhost|127\.0\.0\.1|\[::1\])(?=:|$)/, 'localhost');
}

function pathOf(address: StoreAddress): string {
  return address.scheme === 's3' ? address.prefix : address.directory.replaceAll(sep, '/');
}

function shown(address: StoreAddress): string {
  return address.scheme === 's3' ? printable(s3Uri(address)) : shownPath(address.directory);
}

function shownPath(path: string): string {
  const text = printable(path);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
