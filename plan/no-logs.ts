/** What to say where a location has no `AWSLogs/`: where the files are instead, and what to set, ready to be copied. */
import { stringify } from 'yaml';
import { missingParentPath, parseLogsPath } from '../cloudtrail/logs-path.js';
import { LOGS_FOLDER } from '../cloudtrail/object-key.js';
import type { PlaceOrigins } from '../config/settings.js';
import { UserMistake } from '../errors/index.js';
import { formatAddress, parseAddress, type StoreAddress } from '../storage/address.js';
import { createFileStore } from '../storage/file.js';
import { type ObjectStore, objectUri } from '../storage/object-store.js';
import { printable } from '../text/printable.js';
import { shellQuote } from '../text/shell-quote.js';
import { foldersIn, type LogsFolder, searchLogs } from './find-logs.js';

/** Where CloudTrail files were expected. */
export interface LogsPlace {
  /** Address of the bucket or directory, without the key prefix. */
  location: string;
  keyPrefix: string;
  /** Absent in a worker, which only knows what came of it. */
  placeOrigins?: PlaceOrigins;
}

/** Candidates that are named. */
const MOST_NAMED = 5;

/** The mistake for a store in which nothing is below `<key prefix>/AWSLogs/`. `store`: at the location. */
export async function noLogs(store: ObjectStore, place: LogsPlace, signal?: AbortSignal): Promise<UserMistake> {
  const cure = (await whereInstead(store, place, signal)) ?? '';
  const where = shownUri(store, place.keyPrefix === '' ? '' : `${place.keyPrefix}/`);
  return new UserMistake(
    `There is no ${LOGS_FOLDER}/ under ${where}, so no CloudTrail files.`,
    [cure, overridden(place)].filter((text) => text !== '').join(' '),
  );
}

/** Names of folders are others' choice. */
function shownUri(store: ObjectStore, key: string): string {
  return printable(objectUri(store, key));
}

async function whereInstead(store: ObjectStore, place: LogsPlace, signal?: AbortSignal): Promise<string> {
  const above = await aboveIt(store, place, signal);
  if (above !== undefined) return above;
  const { keyPrefix } = place;
  const { found, unnamed, listed } = await searchLogs(store, keyPrefix, signal);
  const good = found.filter((one) => one.name === LOGS_FOLDER && one.keyPrefix !== keyPrefix);
  const likely = good.some(({ cloudTrail }) => cloudTrail) ? good.filter(({ cloudTrail }) => cloudTrail) : good;
  if (likely.length === 1) return oneFound(store, place, likely[0]);
  if (likely.length > 1) return manyFound(store, place, likely);
  const other = found.find(({ name }) => name !== LOGS_FOLDER);
  if (other !== undefined) return otherCase(store, other);
  if (unnamed !== undefined) {
    return `There is ${shownUri(store, unnamed)}, below a folder without a name, which no location can say: copy the files to <location>/${LOGS_FOLDER}/.`;
  }
  const names = await foldersIn(store, keyPrefix === '' ? '' : `${keyPrefix}/`, signal);
  const missing = missingParentPath(names);
  if (missing !== undefined) {
    return `It has ${printable(names[0])}/, which CloudTrail keeps below ${missing}: bring the files to <location>/${missing}${printable(names[0])}/, as they are in the bucket, and give the folder that holds ${LOGS_FOLDER}/.`;
  }
  return `CloudTrail writes to <key prefix>/${LOGS_FOLDER}/, and ${listed === 1 ? 'the one folder' : `the ${listed} folders`} looked into had no ${LOGS_FOLDER}/: check --location and --key-prefix.`;
}

function oneFound(store: ObjectStore, place: LogsPlace, { keyPrefix, cloudTrail }: LogsFolder): string {
  const only = onlyTooMuch(place, keyPrefix);
  if (only !== undefined) return only;
  const where = shownUri(store, keyPrefix === '' ? '' : `${keyPrefix}/`);
  const files = cloudTrail ? 'CloudTrail files are' : `There is an ${LOGS_FOLDER}/`;
  return `${files} under ${where}: ${toSet(place, { keyPrefix })}`;
}

/** The files are right at the location, and a flag alone has a prefix. */
function onlyTooMuch({ placeOrigins }: LogsPlace, keyPrefix: string): string | undefined {
  const set = placeOrigins?.keyPrefixes.filter(({ value }) => value !== '') ?? [];
  if (keyPrefix !== '' || set.length !== 1 || set[0].from !== '--key-prefix') return undefined;
  return 'It is right there without a key prefix: leave --key-prefix out.';
}

function manyFound(store: ObjectStore, place: LogsPlace, found: readonly LogsFolder[]): string {
  const lines = found
    .slice(0, MOST_NAMED)
    .map((one) => `\n  ${shownUri(store, one.keyPrefix === '' ? '' : `${one.keyPrefix}/`)}  ${flagsFor(place, one)}`);
  const more = found.length > MOST_NAMED ? `\n  … and ${found.length - MOST_NAMED} more` : '';
  return `There are ${found.length} folders with ${LOGS_FOLDER}/. Choose one, and give its flags:${lines.join('')}${more}`;
}

/** S3 tells `awslogs` from `AWSLogs`, and so does CloudTrail's documentation: a copy has changed the name. */
function otherCase(store: ObjectStore, { keyPrefix, name }: LogsFolder): string {
  const folder = keyPrefix === '' ? '' : `${keyPrefix}/`;
  const from = objectUri(store, `${folder}${name}/`);
  const to = objectUri(store, `${folder}${LOGS_FOLDER}/`);
  const how = store.uri.startsWith('s3://') ? ` For example: aws s3 sync ${shellQuote(from)} ${shellQuote(to)}` : '';
  return `There is ${printable(from)}, but the folder has to be called ${LOGS_FOLDER}, as CloudTrail writes it. Copy or rename it to ${printable(to)}.${how}`;
}

/** The location or the prefix itself leads to `AWSLogs/` or below it: what to name is above that folder. */
async function aboveIt(store: ObjectStore, place: LogsPlace, signal?: AbortSignal): Promise<string | undefined> {
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
  const how = `Give the directory around it, which holds ${LOGS_FOLDER}/: ${toSet(place, target)}`;
  return narrow.length === 0 ? how : `${how} and, to narrow a plan, backfill or audit, ${narrow.join(' ')}`;
}

/** `undefined` for a store that has no address that a person could write. */
function addressOf({ location }: LogsPlace): StoreAddress | undefined {
  return /^(?!file:|s3:)[a-z]+:\/\//.test(location) ? undefined : parseAddress(location);
}

interface Target {
  /** Of another directory than the present one. */
  directory?: string;
  keyPrefix: string;
}

/** What to set, in log_source.yml and on the command line. */
function toSet(place: LogsPlace, target: Target): string {
  const flags = flagsFor(place, target);
  const file = fileFor(place, target);
  return file === undefined ? `give ${flags}` : `set ${file} in log_source.yml, or give ${flags}`;
}

/** The flags that lead to the target whatever the files of the project say. */
function flagsFor(place: LogsPlace, target: Target): string {
  const option = (flag: string, value: string): string => `${flag} ${shellQuote(value)}`;
  const address = addressToSet(place, target);
  const prefix = option('--key-prefix', spelled(target.keyPrefix));
  if (address === undefined) return prefix;
  const location = option('--location', formatAddress(address));
  if (address.scheme === 's3' && address.prefix !== target.keyPrefix) return `${location} ${prefix}`;
  return isPrefixed(place) ? `${location} --key-prefix ''` : location;
}

/** The address to give; `undefined` where the present one is right, and a key prefix is all that is missing. */
function addressToSet(place: LogsPlace, { directory, keyPrefix }: Target): StoreAddress | undefined {
  const address = addressOf(place);
  if (address?.scheme !== 's3') return directory === undefined ? undefined : { scheme: 'file', directory };
  if (place.placeOrigins?.location === 'ingest.s3_source') return undefined;
  // An address has no empty segments, which keys can have.
  return { ...address, prefix: keyPrefix.split('/').includes('') ? '' : keyPrefix };
}

/** One slash at the end of a key prefix is no part of it, so one that ends with a slash has two. */
function spelled(keyPrefix: string): string {
  return keyPrefix.endsWith('/') ? `${keyPrefix}/` : keyPrefix;
}

function isPrefixed({ placeOrigins }: LogsPlace): boolean {
  return placeOrigins?.keyPrefixes.some(({ value }) => value !== '') ?? false;
}

/** The same as keys of log_source.yml; `undefined` where a flag has said it. */
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

/** Of two prefixes that differ one counts, and the other may be the one that was meant. */
function overridden({ placeOrigins }: LogsPlace): string {
  const [first, ...others] = placeOrigins?.keyPrefixes ?? [];
  const other = others.find(({ value }) => value !== first.value);
  if (other === undefined) return '';
  return `\n${first.from} (${JSON.stringify(first.value)}) comes before ${other.from} (${JSON.stringify(other.value)}), which is not used.`;
}
