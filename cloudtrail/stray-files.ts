/**
 * CloudTrail files that are not where CloudTrail writes them (`AWSLogs/[o-ORGID/]ACCOUNT/KIND/REGION/YYYY/MM/DD/`), so that no
 * run reads them: what the key alone reveals about each.
 */
import { dayPrefix, deliveryStamp, isDay, KINDS, kindOf, LOGS_FOLDER, parseLogsFolders } from './object-key.js';

/** First and last day, `YYYY-MM-DD`, inclusive. */
export interface DateRange {
  from: string;
  to: string;
}

/** What the key of such a file reveals. */
interface StrayFile {
  /** Whether it looks like a CloudTrail file, by its name or because it is below a kind folder. */
  isCloudTrailFile: boolean;
  /** From the folders, otherwise from the file name; absent if neither has it. */
  account?: string;
  kind?: string;
  region?: string;
  /** Possible delivery days: from the time in its name, otherwise from the folders. Absent: any day. */
  days?: DateRange;
  /** The folder where it would be read, with a trailing slash; absent if that is not known. */
  moveTo?: string;
}

/** Files that operating systems and other tools create in folders. */
const SYSTEM_FILE = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\._.*|\.git(keep|ignore))$/i;
/** `ACCOUNT_KIND_REGION_…`: how the names of log files and digests begin. */
const FILE_NAME = /^(\d{12})_(CloudTrail(?:-[A-Za-z]+)?)_([a-z]+(?:-[a-z]+)+-\d+)_/;
const SIMILAR_FILE_NAME = /_CloudTrail(-[A-Za-z]+)?_/;

/**
 * Parses the key of a file that may be a stray CloudTrail file.
 * @param key without the key prefix; a key that ends with a slash is a folder
 */
export function parseStrayKey(key: string): StrayFile {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  const place = placeOf(parts);
  const named = FILE_NAME.exec(name);
  const belowKind = place.kind !== undefined;
  const isCloudTrailFile = (belowKind && !SYSTEM_FILE.test(name)) || SIMILAR_FILE_NAME.test(name);
  const account = place.account ?? named?.[1];
  const kind = place.kind ?? (named === null ? undefined : kindOf(named[2]));
  const region = place.region ?? named?.[3];
  const stamp = dayOfName(name);
  const days = stamp === undefined ? daysOfFolders(parts) : { from: stamp, to: stamp };
  const day = days !== undefined && days.from === days.to ? days.from : undefined;
  const known = account !== undefined && kind !== undefined && region !== undefined;
  const before = place.before ?? `${LOGS_FOLDER}/`;
  const moveTo =
    known && day !== undefined ? dayPrefix({ prefix: `${before}${account}/${kind}/${region}/` }, day) : undefined;
  return { isCloudTrailFile, account, kind, region, days, moveTo };
}

interface FolderPlace {
  /** `AWSLogs/` or `AWSLogs/o-ORGID/`. */
  before?: string;
  account?: string;
  kind?: string;
  region?: string;
}

/** Parses the folders, as far as they are CloudTrail's. */
function placeOf(folders: readonly string[]): FolderPlace {
  const [root, ...below] = folders;
  if (root !== LOGS_FOLDER) return {};
  const { organization, account, kind, region } = parseLogsFolders(below, kindInAnyCase);
  const before = organization === undefined ? `${LOGS_FOLDER}/` : `${LOGS_FOLDER}/${organization}/`;
  return { before, account, kind, region };
}

/** A kind folder in another case (`cloudtrail-digest`) is not read, but its content is obvious. */
function kindInAnyCase(folder: string): string | undefined {
  return kindOf(folder) ?? KINDS.find((kind) => kind.toLowerCase() === folder.toLowerCase());
}

function dayOfName(name: string): string | undefined {
  const day = deliveryStamp(name)?.day;
  return day !== undefined && isDay(day) ? day : undefined;
}

/** Key of a Hive-style partition folder: `year=2024`. */
const LABEL = /^[a-z_]+=/i;

/**
 * Returns the days that folders represent, in all common formats: `2024/3/5`, `year=2024/month=03/day=05`, `dt=2024-03-05`,
 * `20240305`, `2024-03`. The range is a year, a month or a day, depending on what can be parsed. `undefined` if there is no
 * year.
 */
export function daysOfFolders(folders: readonly string[]): DateRange | undefined {
  const names = folders.map((name) => name.replace(LABEL, ''));
  const at = names.findIndex((name) => /^(19|20)\d{2}(-?\d{2}){0,2}$/.test(name));
  if (at < 0) return undefined;
  const digits = names[at].replaceAll('-', '');
  const year = digits.slice(0, 4);
  const below = [...names.slice(at + 1)];
  const next = (written: string): string | undefined => {
    if (written !== '') return written;
    const name = below.shift();
    return name !== undefined && /^\d{1,2}$/.test(name) ? name.padStart(2, '0') : undefined;
  };
  const month = next(digits.slice(4, 6));
  if (month === undefined || !isDay(`${year}-${month}-01`)) return { from: `${year}-01-01`, to: `${year}-12-31` };
  const day = next(digits.slice(6, 8));
  if (day !== undefined && isDay(`${year}-${month}-${day}`)) {
    return { from: `${year}-${month}-${day}`, to: `${year}-${month}-${day}` };
  }
  // The range is compared as text, so the 31st works as the end of every month.
  return { from: `${year}-${month}-01`, to: `${year}-${month}-31` };
}

/** Whether two ranges may have a day in common. An absent range means any day. */
export function mayOverlap(a: DateRange | undefined, b: DateRange | undefined): boolean {
  return a === undefined || b === undefined || (a.from <= b.to && b.from <= a.to);
}
