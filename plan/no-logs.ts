/** The error for a location without `AWSLogs/`: says where the files are instead, and which settings or flags to use. */
import { stringify } from 'yaml';
import { missingParentPath, parseLogsPath } from '../cloudtrail/logs-path.js';
import { LOGS_FOLDER } from '../cloudtrail/object-key.js';
import type { PlaceOrigins } from '../config/settings.js';
import { UserMistake } from '../errors/index.js';
import { formatAddress, parseAddress, type StoreAddress } from '../storage/address.js';
import { createFileStore } from '../storage/file.js';
import { type ObjectStore, objectUri } from '../storage/object-store.js';
import { counted } from '../text/numbers.js';
import { printable } from '../text/printable.js';
import { shellQuote } from '../text/shell-quote.js';
import { foldersIn, type LogsFolder, searchLogs } from './find-logs.js';

/** Where CloudTrail files were expected. */
export interface LogsPlace {
  /** Address of the bucket or directory, without the key prefix. */
  location: string;
  keyPrefix: string;
  /** Which settings the location and prefix come from; absent in a worker, which only has the resulting values. */
  placeOrigins?: PlaceOrigins;
}

/** Maximum candidates that the message lists. */
const MAX_NAMED = 5;

/** Returns the error for a store in which `<key prefix>/AWSLogs/` is empty. `store` is the store at the location. */
export async function noLogs(store: ObjectStore, place: LogsPlace, signal?: AbortSignal): Promise<UserMistake> {
  const cure = (await whereInstead(store, place, signal)) ?? '';
  const where = shownUri(store, place.keyPrefix === '' ? '' : `${place.keyPrefix}/`);
  return new UserMistake(
    `There is no ${LOGS_FOLDER}/ under ${where}, so there are no CloudTrail files.`,
    [cure, overridden(place)].filter((text) => text !== '').join(' '),
  );
}

/** Escapes control characters: folder names may contain anything. */
function shownUri(store: ObjectStore, key: string): string {
  return printable(objectUri(store, key));
}

async function whereInstead(store: ObjectStore, place: LogsPlace, signal?: AbortSignal): Promise<string> {
  const parent = await parentInstead(store, place, signal);
  if (parent !== undefined) return parent;
  const { keyPrefix } = place;
  const { found, unnamed, listed } = await searchLogs(store, keyPrefix, signal);
  const good = found.filter((one) => one.name === LOGS_FOLDER && one.keyPrefix !== keyPrefix);
  const likely = good.some(({ cloudTrail }) => cloudTrail) ? good.filter(({ cloudTrail }) => cloudTrail) : good;
  if (likely.length === 1) return oneFound(store, place, likely[0]);
  if (likely.length > 1) return manyFound(store, place, likely);
  const other = found.find(({ name }) => name !== LOGS_FOLDER);
  if (other !== undefined) return otherCase(store, other);
  if (unnamed !== undefined) {
    return `There is ${shownUri(store, unnamed)}, but it is in a folder with an empty name, which a location cannot express: copy the files to <location>/${LOGS_FOLDER}/.`;
  }
  const names = await foldersIn(store, keyPrefix === '' ? '' : `${keyPrefix}/`, signal);
  const missing = missingParentPath(names);
  if (missing !== undefined) {
    return `It contains ${printable(names[0])}/, which CloudTrail stores under ${missing}: move the files to <location>/${missing}${printable(names[0])}/, as they are in the bucket, and specify the folder that contains ${LOGS_FOLDER}/.`;
  }
  return `CloudTrail writes to <key prefix>/${LOGS_FOLDER}/, but there is no ${LOGS_FOLDER}/ in the ${counted(listed, 'folder')} searched: check --location and --key-prefix.`;
}

function oneFound(store: ObjectStore, place: LogsPlace, { keyPrefix, cloudTrail }: LogsFolder): string {
  const needless = needlessPrefix(place, keyPrefix);
  if (needless !== undefined) return needless;
  const where = shownUri(store, keyPrefix === '' ? '' : `${keyPrefix}/`);
  const files = cloudTrail ? 'CloudTrail files are' : `There is an ${LOGS_FOLDER}/`;
  return `${files} under ${where}: ${toSet(place, { keyPrefix })}`;
}

/** The cure if the files are directly at the location, and only the flag sets a prefix; otherwise `undefined`. */
function needlessPrefix({ placeOrigins }: LogsPlace, keyPrefix: string): string | undefined {
  const set = placeOrigins?.keyPrefixes.filter(({ value }) => value !== '') ?? [];
  if (keyPrefix !== '' || set.length !== 1 || set[0].from !== '--key-prefix') return undefined;
  return `${LOGS_FOLDER}/ is directly at the location: omit --key-prefix.`;
}

function manyFound(store: ObjectStore, place: LogsPlace, found: readonly LogsFolder[]): string {
  const lines = found
    .slice(0, MAX_NAMED)
    .map((one) => `\n  ${shownUri(store, one.keyPrefix === '' ? '' : `${one.keyPrefix}/`)}  ${flagsFor(place, one)}`);
  const more = found.length > MAX_NAMED ? `\n  … and ${found.length - MAX_NAMED} more` : '';
  return `There are ${found.length} folders that contain ${LOGS_FOLDER}/. Choose one and use its flags:${lines.join('')}${more}`;
}

/** S3 keys are case-sensitive, and CloudTrail always writes `AWSLogs`: a copy must have changed the name. */
function otherCase(store: ObjectStore, { keyPrefix, name }: LogsFolder): string {
  const folder = keyPrefix === '' ? '' : `${keyPrefix}/`;
  const from = objectUri(store, `${folder}${name}/`);
  const to = objectUri(store, `${folder}${LOGS_FOLDER}/`);
  const how = store.uri.startsWith('s3://') ? ` For example: aws s3 sync ${shellQuote(from)} ${shellQuote(to)}` : '';
  return `There is ${printable(from)}, but the folder must be named ${LOGS_FOLDER}, as CloudTrail names it. Copy or rename it to ${printable(to)}.${how}`;
}

/** The cure if the location or the prefix includes `AWSLogs/`: use the folder that contains it. */
async function parentInstead(store: ObjectStore, place: LogsPlace, signal?: AbortSignal): Promise<string | undefined> {
  const address = addressOf(place);
  const inPrefix = parseLogsPath(place.keyPrefix);
  const onDisk = address?.scheme === 'file' ? parseLogsPath(address.directory) : undefined;
  const path = inPrefix ?? onDisk;
  if (path === undefined) return undefined;
  const target: Target =
    inPrefix === undefined ? { directory: path.before || '/', keyPrefix: '' } : { keyPrefix: path.before };
  const there = target.directory === undefined ? store : createFileStore(target.directory);
  const folder = target.keyPrefix === '' ? '' : `${target.keyPrefix}/`;
  const names = (await foldersIn(there, folder, signal)).filter((name) => name === LOGS_FOLDER);
  if (names.length === 0) return undefined;
  const narrow = [
    ['--account', path.account],
    ['--kind', path.kind],
    ['--region', path.region],
    ['--from', path.days?.from],
    ['--to', path.days?.to],
  ].flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${value}`]));
  const how = `Use the parent directory, which contains ${LOGS_FOLDER}/: ${toSet(place, target)}`;
  return narrow.length === 0 ? how : `${how} and, to limit a plan, backfill or audit, ${narrow.join(' ')}`;
}

/** `undefined` for a store whose address is not a configurable location, such as an in-memory store. */
function addressOf({ location }: LogsPlace): StoreAddress | undefined {
  return /^(?!file:|s3:)[a-z]+:\/\//.test(location) ? undefined : parseAddress(location);
}

interface Target {
  /** Set if it is not the configured directory. */
  directory?: string;
  keyPrefix: string;
}

/** Describes what to set, in log_source.yml or on the command line. */
function toSet(place: LogsPlace, target: Target): string {
  const flags = flagsFor(place, target);
  const file = fileFor(place, target);
  return file === undefined ? `use ${flags}` : `set ${file} in log_source.yml, or use ${flags}`;
}

/** The flags that select the target, regardless of the project's files. */
function flagsFor(place: LogsPlace, target: Target): string {
  const option = (flag: string, value: string): string => `${flag} ${shellQuote(value)}`;
  const address = addressToSet(place, target);
  const prefix = option('--key-prefix', spelled(target.keyPrefix));
  if (address === undefined) return prefix;
  const location = option('--location', formatAddress(address));
  if (address.scheme === 's3' && address.prefix !== target.keyPrefix) return `${location} ${prefix}`;
  return isPrefixed(place) ? `${location} --key-prefix ''` : location;
}

/** The address to set; `undefined` if the configured one is correct and only the key prefix has to change. */
function addressToSet(place: LogsPlace, { directory, keyPrefix }: Target): StoreAddress | undefined {
  const address = addressOf(place);
  if (address?.scheme !== 's3') return directory === undefined ? undefined : { scheme: 'file', directory };
  if (place.placeOrigins?.location === 'ingest.s3_source') return undefined;
  // Keys can have empty segments, but addresses cannot.
  return { ...address, prefix: keyPrefix.split('/').includes('') ? '' : keyPrefix };
}

/** The key prefix as a setting. One trailing slash is ignored there, so a prefix that really ends with a slash needs two. */
function spelled(keyPrefix: string): string {
  return keyPrefix.endsWith('/') ? `${keyPrefix}/` : keyPrefix;
}

function isPrefixed({ placeOrigins }: LogsPlace): boolean {
  return placeOrigins?.keyPrefixes.some(({ value }) => value !== '') ?? false;
}

/** The same as settings in log_source.yml; `undefined` if the configured values come from flags. */
function fileFor(place: LogsPlace, target: Target): string | undefined {
  const { placeOrigins } = place;
  const first = placeOrigins?.keyPrefixes[0]?.from;
  if (placeOrigins === undefined || placeOrigins.location === '--location' || first === '--key-prefix')
    return undefined;
  const key = (name: string, value: string): string => `${name}: ${stringify(value).trim()}`;
  const address = addressToSet(place, target);
  const prefix = spelled(target.keyPrefix);
  if (address === undefined) {
    const own = placeOrigins.location === 'ingest.s3_source' ? 'ingest.s3_source.key_prefix' : 'ingest.key_prefix';
    return key(first ?? own, prefix);
  }
  const location = key('ingest.location', formatAddress(address));
  if (address.scheme === 's3' && address.prefix !== target.keyPrefix)
    return `${location} and ${key('ingest.key_prefix', prefix)}`;
  return isPrefixed(place) ? `${location} and ${key('ingest.key_prefix', '')}` : location;
}

/** A note if several key prefixes are set and differ: the one that is not used may be the intended one. */
function overridden({ placeOrigins }: LogsPlace): string {
  const [first, ...others] = placeOrigins?.keyPrefixes ?? [];
  const other = others.find(({ value }) => value !== first.value);
  if (other === undefined) return '';
  return `\n${first.from} (${JSON.stringify(first.value)}) overrides ${other.from} (${JSON.stringify(other.value)}), which is not used.`;
}
