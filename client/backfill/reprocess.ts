/** The options of `backfill start` that say which files are read again. */
import { parseObjectKey } from '../../cloudtrail/object-key.js';
import { UserMistake } from '../../errors/index.js';
import { version } from '../../install/package.js';
import { isSelective, MAX_REPROCESS_KEYS, type Reprocess } from '../../protocol/messages.js';
import { isOlderVersion } from '../../run/writer.js';
import { count } from '../../text/numbers.js';

/** The options, as they are given. */
export interface ReprocessOptions {
  reprocess?: boolean;
  retryQuarantined?: boolean;
  status?: Reprocess['status'];
  key?: string[];
  olderThan?: string;
}

/** What is to be read again; `undefined` for an ordinary run. Throws {@link UserMistake} if the options do not fit together. */
export function reprocessOf(options: ReprocessOptions): Reprocess | undefined {
  const { reprocess, retryQuarantined, status, key: keys, olderThan } = options;
  const selection = {
    ...(status === undefined ? {} : { status }),
    ...(keys === undefined ? {} : { keys }),
    ...(olderThan === undefined ? {} : { olderThan }),
  };
  if (reprocess !== true) {
    if (!isSelective(selection)) return undefined;
    throw new UserMistake(
      '--status, --key and --older-than select files to read again, but --reprocess is not given.',
      'Add --reprocess.',
    );
  }
  if (retryQuarantined === true)
    throw new UserMistake(
      '--reprocess and --retry-quarantined cannot be combined.',
      'Use --reprocess alone, which also retries quarantined files, or --reprocess --status quarantined for them only.',
    );
  if (keys !== undefined && keys.length > MAX_REPROCESS_KEYS)
    throw new UserMistake(
      `--key names ${count(keys.length)} objects; a run takes ${MAX_REPROCESS_KEYS} at the most.`,
      'Use a range of days, with --account and --region, or start several runs.',
    );
  if (olderThan !== undefined && isOlderVersion(version(), olderThan))
    throw new UserMistake(
      `--older-than ${olderThan} is newer than this version, ${version()}: the files would be older again afterwards.`,
      `Use --older-than ${version()}, or install ${olderThan} first.`,
    );
  return selection;
}

/** Parses the version of `--older-than`. */
export function parseVersion(text: string): string {
  if (/^v?\d+(\.\d+){0,2}(-[\w.]+)?$/.test(text)) return text;
  throw new UserMistake(`--older-than "${text}" is not a version.`, `For example --older-than ${version()}.`);
}

/** Collects the keys of `--key`, which may contain commas. */
export function addKey(key: string, previous: string[] | undefined): string[] {
  return [...new Set([...(previous ?? []), key])];
}

/** The delivery days of keys. Throws {@link UserMistake} for a key that is not that of a CloudTrail file. */
export function rangeOfKeys(keys: readonly string[]): { from: string; to: string } {
  const days = keys.map((key) => {
    const day = parseObjectKey(key)?.day;
    if (day !== undefined) return day;
    throw new UserMistake(
      `--key "${key}" is not the key of a CloudTrail file.`,
      'Write the whole key, as in the column key of the files table: AWSLogs/111122223333/CloudTrail/us-east-1/2023/07/10/….json.gz.',
    );
  });
  days.sort();
  return { from: days[0], to: days[days.length - 1] };
}
