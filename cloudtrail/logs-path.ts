/** Paths to CloudTrail files, including paths below the folder that a location has to name. Pure. */
import { isRegionName } from '../aws/regions.js';
import { ACCOUNT_PATTERN, KINDS, LOGS_FOLDER, ORGANIZATION_PATTERN, parseLogsFolders } from './object-key.js';

/** The parts of a path that contains an `AWSLogs` folder. */
interface LogsPath {
  /** The path before that folder, without a trailing slash: what a location or a key prefix has to name. */
  before: string;
  /** The folder as spelled in the path. */
  folder: string;
  /** What the rest of the path specifies, as far as it goes. Days are `YYYY-MM-DD`. */
  account?: string;
  kind?: string;
  region?: string;
  days?: { from: string; to: string };
}

/** Parses a path at its last `AWSLogs`, in any case; `undefined` if there is none. */
export function parseLogsPath(path: string): LogsPath | undefined {
  const segments = path.split('/').filter((segment, index) => segment !== '' || index === 0);
  const at = segments.findLastIndex((segment) => segment.toLowerCase() === LOGS_FOLDER.toLowerCase());
  if (at < 0) return undefined;
  const found: LogsPath = { before: segments.slice(0, at).join('/'), folder: segments[at] };
  const { account, kind, region, date } = parseLogsFolders(segments.slice(at + 1), exactKind);
  if (account !== undefined) found.account = account;
  if (kind !== undefined) found.kind = kind;
  if (region !== undefined) found.region = region;
  const days = daysOf(date);
  return days === undefined ? found : { ...found, days };
}

const exactKind = (folder: string): string | undefined => KINDS.find((kind) => kind === folder);

/** The first and last day of `[YYYY, MM, DD]`; the last parts may be missing. */
function daysOf([year = '', month = '', day = '']: readonly string[]): LogsPath['days'] {
  if (!/^\d{4}$/.test(year)) return undefined;
  if (!/^(0[1-9]|1[0-2])$/.test(month)) return { from: `${year}-01-01`, to: `${year}-12-31` };
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (!/^\d{2}$/.test(day) || Number(day) < 1 || Number(day) > last)
    return { from: `${year}-${month}-01`, to: `${year}-${month}-${String(last).padStart(2, '0')}` };
  return { from: `${year}-${month}-${day}`, to: `${year}-${month}-${day}` };
}

/**
 * If the names are those of CloudTrail folders, returns the path that is missing above them because a folder below
 * `AWSLogs/` was copied; otherwise `undefined`.
 */
export function missingParentPath(names: readonly string[]): string | undefined {
  const has = (test: (name: string) => boolean): boolean => names.some(test);
  if (has((name) => ACCOUNT_PATTERN.test(name) || ORGANIZATION_PATTERN.test(name))) return 'AWSLogs/';
  if (has((name) => (KINDS as readonly string[]).includes(name))) return 'AWSLogs/ACCOUNT/';
  if (has(isRegionName)) return 'AWSLogs/ACCOUNT/KIND/';
  if (has((name) => /^(19|20)\d{2}$/.test(name))) return 'AWSLogs/ACCOUNT/KIND/REGION/';
  return undefined;
}
