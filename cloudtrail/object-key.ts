/**
 * The keys that CloudTrail writes: `[prefix/]AWSLogs/[o-ORGID/]ACCOUNT/KIND/REGION/YYYY/MM/DD/NAME`.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
import { isRegionName } from '../aws/regions.js';

/** Name of the folder that CloudTrail creates below a trail's key prefix. */
export const LOGS_FOLDER = 'AWSLogs';

/** The names of the KIND folders that CloudTrail writes. */
export const KINDS = [
  'CloudTrail',
  'CloudTrail-Digest',
  'CloudTrail-Insight',
  'CloudTrail-NetworkActivity',
  'CloudTrail-Aggregated',
] as const;

/** Other spellings of kinds that occur in buckets: copies made by other tools. */
const SPELLINGS: Readonly<Record<string, string>> = { 'CloudTrail-Insights': 'CloudTrail-Insight' };

/** Returns the kind of a folder, one of {@link KINDS}; `undefined` for any other folder name. */
export function kindOf(folder: string): string | undefined {
  const kind = Object.hasOwn(SPELLINGS, folder) ? SPELLINGS[folder] : folder;
  return (KINDS as readonly string[]).includes(kind) ? kind : undefined;
}

/** Matches an AWS account id: the name of a folder below `AWSLogs/`. */
export const ACCOUNT_PATTERN = /^\d{12}$/;
/** Matches an AWS organization id: the name of a folder below `AWSLogs/` in keys of an organization trail. */
export const ORGANIZATION_PATTERN = /^o-[a-z0-9]{10,32}$/;

/** Where the files of one account, kind and region are: everything before the date. */
export interface SourcePrefix {
  /** Ends with a slash; `YYYY/MM/DD/` follows. */
  prefix: string;
  account: string;
  region: string;
  kind: string;
}

/** Returns the prefix of one delivery day (`YYYY-MM-DD`) of a source. */
export function dayPrefix({ prefix }: Pick<SourcePrefix, 'prefix'>, day: string): string {
  return `${prefix}${day.replaceAll('-', '/')}/`;
}

/** Returns the day (`YYYY-MM-DD`) of the date folders `YYYY/MM/DD/`; `undefined` for any other text. */
export function dayOfDateFolders(folders: string): string | undefined {
  const day = folders.slice(0, -1).replaceAll('/', '-');
  return folders.endsWith('/') && folders.split('/').length === 4 && isDay(day) ? day : undefined;
}

/** The parts of a key that CloudTrail could have written. */
interface ObjectKey {
  /** The key from `AWSLogs/` on, without the key prefix. */
  belowPrefix: string;
  account: string;
  /** The kind folder as spelled in the key: see {@link kindOf}. */
  kindFolder: string;
  region: string;
  /** `YYYY-MM-DD`, from the folders; may be a day that does not exist. */
  day: string;
}

const OBJECT_KEY =
  /(?:^|\/)(AWSLogs\/(?:o-[a-z0-9]{10,32}\/)?(\d{12})\/([^/]+)\/([^/]+)\/(\d{4})\/(\d{2})\/(\d{2})\/.+)$/s;

/** Parses a key, or an address that ends with one; `undefined` if it does not have CloudTrail's format. */
export function parseObjectKey(key: string): ObjectKey | undefined {
  const match = OBJECT_KEY.exec(key);
  if (match === null) return undefined;
  const [, belowPrefix, account, kindFolder, region, year, month, date] = match;
  return { belowPrefix, account, kindFolder, region, day: `${year}-${month}-${date}` };
}

/** The parsed folders below `AWSLogs/`. */
interface LogsFolders {
  organization?: string;
  account?: string;
  kind?: string;
  region?: string;
  /** The folders after the region; empty if there are none. */
  date: readonly string[];
}

/**
 * Parses the folders below `AWSLogs/`, as far as they are CloudTrail's.
 * @param kindIn returns the kind of a folder; `undefined` if it is not a kind folder
 */
export function parseLogsFolders(
  folders: readonly string[],
  kindIn: (folder: string) => string | undefined,
): LogsFolders {
  const [first = ''] = folders;
  const organization = ORGANIZATION_PATTERN.test(first) ? first : undefined;
  const [account = '', kindFolder = '', region = '', ...date] = organization === undefined ? folders : folders.slice(1);
  if (!ACCOUNT_PATTERN.test(account)) return { organization, date: [] };
  const kind = kindIn(kindFolder);
  if (kind === undefined) return { organization, account, date: [] };
  if (!isRegionName(region)) return { organization, account, kind, date: [] };
  return { organization, account, kind, region, date };
}

/** Returns the name of the last folder of a prefix that ends with a slash; empty if there is none. */
export function folderName(prefix: string): string {
  return prefix.split('/').at(-2) ?? '';
}

/** Returns the name of an object without its folders; empty for a folder. */
export function fileName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** Delivery time in a file name: `…_20230710T1210Z_…`; for digests with seconds. */
const STAMP = /_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?Z/;

/**
 * Parses the delivery time in a file name: its day `YYYY-MM-DD`, which may not exist, and the time in milliseconds since the
 * epoch.
 */
export function deliveryStamp(name: string): { day: string; time: number } | undefined {
  const stamp = STAMP.exec(name);
  if (stamp === null) return undefined;
  const [, year, month, date, hour, minute, second] = stamp;
  const time = Date.UTC(+year, +month - 1, +date, +hour, +minute, second === undefined ? 0 : +second);
  return { day: `${year}-${month}-${date}`, time };
}

/**
 * Returns the delivery time from the file name, in milliseconds since the epoch. It is midnight of `day` if the name has no
 * time, or a time on another day: all ledger rows of a delivery day must be in the partition of that day, otherwise a second
 * run would not find them.
 * @param day delivery day from the folders, `YYYY-MM-DD`
 */
export function deliveryTime(key: string, day: string): number {
  const { time } = deliveryStamp(fileName(key)) ?? { time: Number.NaN };
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(day)) return time;
  return Date.parse(`${day}T00:00:00Z`);
}

/** Whether the text is a valid calendar day, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const parts = /^\d{4}-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return false;
  const [, month, date] = parts.map(Number);
  // Without a Date, which takes ten times as long: this is called for every object of a listing.
  if (month >= 1 && month <= 12 && date >= 1 && date <= 28) return true;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
