/**
 * Copies that are not finished yet, told by their names: programs write under another name and rename at the end. Such a file
 * is not read, and not entered in the ledger either: under its final name the next run finds it.
 */
import { fileName } from './object-key.js';

/** Endings of CloudTrail's files, also when they were packed anew. A name that ends so is never a partial copy. */
const WHOLE = /\.(json|gz|gzip|zst|zstd)$/i;

/** At the end of a name, in place of or behind its own ending. */
const ENDINGS: readonly RegExp[] = [
  // Browsers, download managers, WinSCP and FileZilla, rclone (`.partial`), MinIO's mc (`.part.minio`).
  /\.(part|partial|filepart|crdownload|opdownload|download|aria2|incomplete|inprogress|unfinished)$/i,
  /\.part\.minio$/i,
  /\.lftp-pget-status$/i,
  // `.tmp`, `.tmp123`, `.tmp.123`, `.tmp-a1b2`: programs that write to another file than the final one.
  /\.te?mp(\d+|[-._]\w+)?$/i,
  // AWS SDK for .NET: `NAME.s3tmp.6eF94Bbd`.
  /\.s3tmp(\.\w+)?$/i,
  // gsutil and gcloud storage: https://cloud.google.com/storage/docs/gsutil/commands/cp
  /_\.gstmp$/i,
  // Hadoop's `fs -put`: org.apache.hadoop.fs.shell.CommandWithDestination.
  /\._COPYING_$/i,
  // Editors: vim's swap files, backups.
  /\.sw[pox]$/i,
  /~$/,
];

/** At the beginning of a name, with any ending. */
const BEGINNINGS: readonly RegExp[] = [
  // azcopy: `.azDownload-<uuid>-NAME`.
  /^\.azDownload-/i,
  // Syncthing: `.syncthing.NAME.tmp`, `~syncthing~NAME.tmp`; Hadoop's DistCp; GIO; NFS.
  /^(\.syncthing\.|~syncthing~|\.distcp\.tmp\.|\.goutputstream-|\.nfs[0-9a-f]{8,})/i,
];

/** Folders that hold nothing else: rsync's `--delay-updates` and `--partial-dir`, Hadoop's and Spark's committers. */
const FOLDERS = /(^|\/)(\.~tmp~|\.rsync-partial|\.rsync-tmp|_temporary)\//;

/** `NAME.json.gz` and one more ending. */
const ONE_MORE = /\.(?:json|gz|gzip|zst|zstd)\.([A-Za-z0-9_]+)$/i;

/** Is the object, by its key, a copy that is still being made, or that was never finished? */
export function isPartialCopy(key: string): boolean {
  if (FOLDERS.test(key)) return true;
  const name = fileName(key);
  if (BEGINNINGS.some((beginning) => beginning.test(name))) return true;
  if (WHOLE.test(name)) return false;
  if (ENDINGS.some((ending) => ending.test(name))) return true;
  const more = ONE_MORE.exec(name)?.[1];
  if (more === undefined) return false;
  // rsync: `.NAME.json.gz.Xy12Zz`, mkstemp's six characters.
  if (name.startsWith('.') && /^[A-Za-z0-9]{6}$/.test(more)) return true;
  // The AWS CLI, boto3: eight random hexadecimal digits (s3transfer.utils.random_file_extension). A date is not such a number.
  if (/^[0-9a-f]{8}$/i.test(more)) return !/^(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])$/.test(more);
  return looksRandom(more);
}

/** `Xy12Zz` is, `backup2` is not: letters, capitals and digits take turns at least three times. */
function looksRandom(text: string): boolean {
  if (text.length < 6 || text.length > 16) return false;
  const kinds = [...text].map((char) => (/\d/.test(char) ? 'digit' : char === char.toLowerCase() ? 'lower' : 'upper'));
  return kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length >= 3;
}
