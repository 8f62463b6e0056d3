/**
 * Files of CloudTrail that are not where CloudTrail writes them (`AWSLogs/[o-ORGID/]ACCOUNT/KIND/REGION/YYYY/MM/DD/`): no run reads
 * them. What is known of each by its key alone.
 */
import { dayPrefix, deliveryStamp, isDay, KINDS, kindOf, LOGS_FOLDER, parseLogsFolders } from './object-key.js';

/** First and last day, `YYYY-MM-DD`, inclusive. */
export interface DateRange {
  from: string;
  to: string;
}

/** What the key of such a file says. */
interface StrayFile {
  /** It looks like a file of CloudTrail: by its name, or because it lies below the folder of a kind. */
  isCloudTrails: boolean;
  /** By the folders, else by the file's name; absent where neither has it. */
  account?: string;
  kind?: string;
  region?: string;
  /** Delivery days that it can be of: by the stamp in its name, else by the folders. Absent: of any day. */
  days?: DateRange;
  /** The folder where it would be read, with the slash at its end; absent where that is not known. */
  moveTo?: string;
}

/** What an operating system or an editor leaves in folders. */
const LITTER = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\._.*|\.git(keep|ignore))$/i;
/** `ACCOUNT_KIND_REGION_…`: names of log files and of digests begin alike. */
const NAME = /^(\d{12})_(CloudTrail(?:-[A-Za-z]+)?)_([a-z]+(?:-[a-z]+)+-\d+)_/;
const LIKE_A_NAME = /_CloudTrail(-[A-Za-z]+)?_/;

/** @param key after the key prefix; one that ends with a slash is a folder */
export function strayOf(key: string): StrayFile {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  const place = placeOf(parts);
  const named = NAME.exec(name);
  const belowKind = place.kind !== undefined;
  const isCloudTrails = (belowKind && !LITTER.test(name)) || LIKE_A_NAME.test(name);
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
  return { isCloudTrails, account, kind, region, days, moveTo };
}

interface FolderPlace {
  /** `AWSLogs/` or `AWSLogs/o-ORGID/`. */
  before?: string;
  account?: string;
  kind?: string;
  region?: string;
}

/** What the folders say, as far as they are CloudTrail's. */
function placeOf(folders: readonly string[]): FolderPlace {
  const [root, ...below] = folders;
  if (root !== LOGS_FOLDER) return {};
  const { organization, account, kind, region } = parseLogsFolders(below, meantKind);
  const before = organization === undefined ? `${LOGS_FOLDER}/` : `${LOGS_FOLDER}/${organization}/`;
  return { before, account, kind, region };
}

/** A kind in other letters (`cloudtrail-digest`) is not read, but it is plain what it holds. */
function meantKind(folder: string): string | undefined {
  return kindOf(folder) ?? KINDS.find((kind) => kind.toLowerCase() === folder.toLowerCase());
}

function dayOfName(name: string): string | undefined {
  const day = deliveryStamp(name)?.day;
  return day !== undefined && isDay(day) ? day : undefined;
}

/** What names of folders call a part of a date, in Hive's manner: `year=2024`. */
const LABEL = /^[a-z_]+=/i;

/**
 * The days that folders stand for, in all usual forms: `2024/3/5`, `year=2024/month=03/day=05`, `dt=2024-03-05`, `20240305`,
 * `2024-03`. As narrow as they are understood: a year, a month or a day. `undefined` where no year is found.
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
  // Texts are compared: no month has a day after its 31st.
  return { from: `${year}-${month}-01`, to: `${year}-${month}-31` };
}

/** May the two have a day in common? An absent range may be any. */
export function mayOverlap(a: DateRange | undefined, b: DateRange | undefined): boolean {
  return a === undefined || b === undefined || (a.from <= b.to && b.from <= a.to);
}
