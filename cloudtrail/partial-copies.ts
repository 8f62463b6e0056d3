/**
 * Recognizes unfinished copies by name: copy programs write to a temporary name and rename the file at the end. Such a file
 * is neither read nor entered in the ledger: the next run finds it under its final name.
 */
import { fileName } from './object-key.js';

/** Extensions of CloudTrail files, including recompressed ones. A name that ends like this is never a partial copy. */
const FINAL_EXTENSION = /\.(json|gz|gzip|zst|zstd)$/i;

/** Endings of temporary names, in place of the extension or after it. */
const ENDINGS: readonly RegExp[] = [
  // Browsers, download managers, WinSCP and FileZilla, rclone (`.partial`), MinIO's mc (`.part.minio`).
  /\.(part|partial|filepart|crdownload|opdownload|download|aria2|incomplete|inprogress|unfinished)$/i,
  /\.part\.minio$/i,
  /\.lftp-pget-status$/i,
  // `.tmp`, `.tmp123`, `.tmp.123`, `.tmp-a1b2`: programs that write to a temporary file first.
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

/** Beginnings of temporary names, with any ending. */
const BEGINNINGS: readonly RegExp[] = [
  // azcopy: `.azDownload-<uuid>-NAME`.
  /^\.azDownload-/i,
  // Syncthing: `.syncthing.NAME.tmp`, `~syncthing~NAME.tmp`; Hadoop's DistCp; GIO; NFS.
  /^(\.syncthing\.|~syncthing~|\.distcp\.tmp\.|\.goutputstream-|\.nfs[0-9a-f]{8,})/i,
];

/** Folders that contain only temporary files: rsync's `--delay-updates` and `--partial-dir`, Hadoop's and Spark's committers. */
const FOLDERS = /(^|\/)(\.~tmp~|\.rsync-partial|\.rsync-tmp|_temporary)\//;

/** `NAME.json.gz` with another extension after it. */
const EXTRA_EXTENSION = /\.(?:json|gz|gzip|zst|zstd)\.([A-Za-z0-9_]+)$/i;

/** Whether the object, judging by its key, is a copy in progress, or one that was never finished. */
export function isPartialCopy(key: string): boolean {
  if (FOLDERS.test(key)) return true;
  const name = fileName(key);
  if (BEGINNINGS.some((beginning) => beginning.test(name))) return true;
  if (FINAL_EXTENSION.test(name)) return false;
  if (ENDINGS.some((ending) => ending.test(name))) return true;
  const extra = EXTRA_EXTENSION.exec(name)?.[1];
  if (extra === undefined) return false;
  // rsync: `.NAME.json.gz.Xy12Zz`, mkstemp's six characters.
  if (name.startsWith('.') && /^[A-Za-z0-9]{6}$/.test(extra)) return true;
  // The AWS CLI and boto3: eight random hexadecimal digits (s3transfer.utils.random_file_extension). Dates are excluded.
  if (/^[0-9a-f]{8}$/i.test(extra)) return !/^(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])$/.test(extra);
  return looksRandom(extra);
}

/** True for `Xy12Zz`, false for `backup2`: it changes between lower case, upper case and digits at least three times. */
function looksRandom(text: string): boolean {
  if (text.length < 6 || text.length > 16) return false;
  const kinds = [...text].map((char) => (/\d/.test(char) ? 'digit' : char === char.toLowerCase() ? 'lower' : 'upper'));
  return kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length >= 3;
}
