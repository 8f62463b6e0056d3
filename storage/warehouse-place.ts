/**
 * Where a warehouse may be. Iceberg writes the locations of files into its metadata as they are, and each reader takes them apart
 * in its own way, so a place is refused when one of them would look elsewhere. All of this was tried with `trailmill query`,
 * PyIceberg 0.12, DuckDB 1.5 and Spark 3.5 (the last by hand), on disk and on an S3 server: test/integration/storage/warehouse-paths.test.ts.
 */
import { lstatSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { printable } from '../text/printable.js';
import { formatAddress, parseAddress, type StoreAddress, s3Uri } from './address.js';
import { liesIn, realPath } from './real-path.js';

type Scheme = StoreAddress['scheme'];

interface Refused {
  characters: string;
  /** After "The warehouse … has X in its path: ". */
  why: string;
  /** Absent: in both. */
  only?: Scheme;
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html#object-key-guidelines-avoid-characters
const AVOIDED = 'AWS advises against it in keys';

const REFUSED: readonly Refused[] = [
  { characters: '#', why: 'PyIceberg takes it and what follows for the fragment of a URL' },
  { characters: '?', why: 'PyIceberg and DuckDB take it and what follows for the parameters of a URL' },
  { characters: '%', why: 'tools do not agree whether %41 is three characters or the letter A' },
  { characters: '\\', why: 'it separates folders on some systems, and DuckDB takes it for an escape in patterns' },
  { characters: '"', why: 'the iceberg_scan of DuckDB cannot read such a path' },
  { characters: '*', why: 'DuckDB takes it for a pattern, which other folders match too' },
  { characters: '[]', why: 'DuckDB takes it for a pattern', only: 's3' },
  { characters: '{}^`<>|~', why: AVOIDED, only: 's3' },
];

/** Characters beside letters, digits and {@link REFUSED} ones that all readers take, in both places. */
const ALLOWED = " !$&'()+,-.:;=@_";
/** And on disk. */
const ALLOWED_ON_DISK = '<>[]^`{|}~';

/** Bytes of one name between two slashes: the limit of Linux and macOS. */
const MOST_BYTES_OF_NAME = 255;
/** Bytes of the whole path: half of what S3 and Linux allow, since the paths of the files in the warehouse come after it. */
const MOST_BYTES: Record<Scheme, number> = { s3: 512, file: 2_048 };

/** Kept in memory by the system, or devices: no place for files. Memory file systems below /dev/shm are one. */
const OF_THE_SYSTEM = /^\/(?:proc|sys|dev(?!\/shm\/))(?:\/|$)/;

/**
 * The normal form of the address of a warehouse; relative paths start at `base`. Throws `UserMistake` where no warehouse can be,
 * also for a path that is no directory.
 */
export function normalizeWarehouse(uri: string, base: string): string {
  const address = parseAddress(uri, base);
  assertReadable(address);
  if (address.scheme === 'file') assertDirectory(address.directory);
  return formatAddress(address);
}

/** Throws `UserMistake` for a path that not every reader of the tables can open; `what` it is. */
export function assertReadable(address: StoreAddress, what = 'warehouse'): void {
  const path = pathOf(address);
  const why = whyNotReadable(path, address.scheme);
  if (why === undefined) return;
  const beside = address.scheme === 's3' ? ALLOWED : ALLOWED + ALLOWED_ON_DISK;
  const characters = [...beside.trim()].join(' ');
  throw new UserMistake(
    `The ${what} ${shown(address)} ${why}.`,
    `Choose another place for it. Allowed in its whole path, with the folders above it: letters, digits, spaces inside of names, and ${characters}`,
  );
}

/** What follows "The warehouse X ", or `undefined`. */
function whyNotReadable(path: string, scheme: Scheme): string | undefined {
  for (const character of path) {
    if (character === '/') continue;
    const refused = REFUSED.find(({ characters, only = scheme }) => only === scheme && characters.includes(character));
    if (refused !== undefined) return `has ${character} in its path: ${refused.why}`;
    if (printable(character) !== character)
      return `has the control or invisible character ${printable(character)} in its path, which readers leave out or take for something else`;
    const allowed = scheme === 's3' ? ALLOWED : ALLOWED + ALLOWED_ON_DISK;
    if (!/[\p{L}\p{M}\p{N}]/u.test(character) && !allowed.includes(character))
      return `has ${character} in its path, which not all readers were tried with`;
  }
  const names = path.split('/');
  const spaced = names.find((name) => name !== name.trim());
  if (spaced !== undefined)
    return `has a space at the beginning or end of ${JSON.stringify(spaced)}, which is easily lost`;
  if (scheme === 's3' && names.some((name) => name === '.' || name === '..'))
    return 'has . or .. as a folder, which are names in S3, and which readers resolve';
  const long = names.find((name) => Buffer.byteLength(name) > MOST_BYTES_OF_NAME);
  if (long !== undefined) return `has a name of more than ${MOST_BYTES_OF_NAME} bytes in its path`;
  const most = MOST_BYTES[scheme];
  return Buffer.byteLength(path) > most ? `has a path of more than ${most} bytes` : undefined;
}

/** Throws `UserMistake` where the path, or what it lies below, is there and is no directory that can hold files. */
function assertDirectory(directory: string): void {
  const real = realPath(directory);
  if (process.platform === 'linux' && [directory, real].some((path) => OF_THE_SYSTEM.test(path)))
    throw new UserMistake(
      `The warehouse ${shownPath(directory)} is among the files that the system makes up (/proc, /sys, /dev): nothing can be kept there.`,
      'Give a directory on a disk.',
    );
  for (let path = directory; ; path = dirname(path)) {
    try {
      if (statSync(path).isDirectory()) return;
      const where = path === directory ? 'is' : `lies below ${shownPath(path)}, which is`;
      throw new UserMistake(
        `The warehouse ${shownPath(directory)} ${where} not a directory.`,
        'Give a directory; it is made where there is none.',
      );
    } catch (error) {
      if (error instanceof UserMistake) throw error;
      if (isLink(path))
        throw new UserMistake(
          `The warehouse ${shownPath(directory)} ${path === directory ? 'is' : 'lies below'} a symbolic link that leads nowhere${path === directory ? '' : `, ${shownPath(path)}`}.`,
          'Make the directory that it is to lead to, or remove the link.',
        );
      // What else is wrong (permissions) is reported by the write itself.
      if (!['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '') || path === dirname(path)) return;
    }
  }
}

/** Is it a link? Asked of one that leads to nothing. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/**
 * What is wrong about where the warehouse is as seen from the CloudTrail files at `location` below `keyPrefix` (both normal
 * addresses); `undefined` where they are apart. Links on disk are followed. A bucket that two addresses name is one bucket, unless
 * both say an endpoint and they differ.
 */
export function overlap(warehouse: string, location: string, keyPrefix: string): UserMistake | undefined {
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
    'Give it a place of its own, beside the CloudTrail files: runs write into the warehouse, and only read what AWS delivers.',
  );
}

type Where = 'is the same place as' | 'is inside of' | 'contains' | undefined;

function onDisk(tables: string, logs: string): Where {
  const [within, around] = [liesIn(tables, [logs]), liesIn(logs, [tables])];
  if (within) return around ? 'is the same place as' : 'is inside of';
  return around ? 'contains' : undefined;
}

function byNames(tables: readonly string[], logs: readonly string[]): Where {
  const shorter = Math.min(tables.length, logs.length);
  if (tables.slice(0, shorter).some((name, index) => name !== logs[index])) return undefined;
  if (tables.length === logs.length) return 'is the same place as';
  return tables.length > logs.length ? 'is inside of' : 'contains';
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
