/**
 * The keys that CloudTrail writes: `[prefix/]AWSLogs/[o-ORGID/]ACCOUNT/KIND/REGION/YYYY/MM/DD/NAME`.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */

export const KINDS = [
  'CloudTrail',
  'CloudTrail-Digest',
  'CloudTrail-Insight',
  'CloudTrail-NetworkActivity',
  'CloudTrail-Aggregated',
] as const;

/** Spellings of kinds that are met in buckets beside CloudTrail's own: the same files, made by tools that copied them. */
const SPELLINGS: Readonly<Record<string, string>> = { 'CloudTrail-Insights': 'CloudTrail-Insight' };

/** The kind that a folder holds, one of {@link KINDS}; `undefined` where its name is no kind. */
export function kindOf(folder: string): string | undefined {
  const kind = Object.hasOwn(SPELLINGS, folder) ? SPELLINGS[folder] : folder;
  return (KINDS as readonly string[]).includes(kind) ? kind : undefined;
}

export const ACCOUNT_PATTERN = /^\d{12}$/;
export const ORGANIZATION_PATTERN = /^o-[a-z0-9]{10,32}$/;

/** The place of one account's files of one kind and region: everything before the date. */
export interface SourcePrefix {
  /** Ends with a slash; `YYYY/MM/DD/` follows. */
  prefix: string;
  account: string;
  region: string;
  kind: string;
}

/** The prefix of one delivery day (`YYYY-MM-DD`). */
export function dayPrefix(source: SourcePrefix, day: string): string {
  return `${source.prefix}${day.replaceAll('-', '/')}/`;
}

/** Delivery time in a file name: `…_20230710T1210Z_…`, digests also with seconds. */
const STAMP = /_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?Z/;

/**
 * Milliseconds since the epoch at which CloudTrail stamped the file. The day's midnight when the name does not say, or
 * says another day: all ledger rows of a delivery day must be in that day's partition, or a second run would not find them.
 */
export function deliveryTime(key: string, day: string): number {
  const stamp = STAMP.exec(key.slice(key.lastIndexOf('/') + 1));
  if (stamp !== null) {
    const [, year, month, date, hour, minute, second] = stamp;
    const time = Date.UTC(+year, +month - 1, +date, +hour, +minute, second === undefined ? 0 : +second);
    if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(day)) return time;
  }
  return Date.parse(`${day}T00:00:00Z`);
}

/** Days are `YYYY-MM-DD`, UTC, and real ones. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
