/**
 * A digest file: its content, where it was found, and how it was signed. Read from the digest table, or from an object.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
import { deliveryStamp, fileName, parseObjectKey } from '../cloudtrail/object-key.js';

/** A log file that a digest lists. */
export interface NamedFile {
  bucket: string;
  key: string;
  /** SHA-256 of the uncompressed log file, lowercase hex. */
  hash: string;
}

/** A digest's reference to the previous one of its chain. */
export interface PreviousDigest {
  bucket: string;
  key: string;
  /** SHA-256 of the uncompressed previous digest, lowercase hex. */
  hash: string;
  /** Signature of the previous digest, hex. */
  signature: string;
}

/** A digest. Times are in milliseconds since the epoch. */
export interface Digest {
  /** Key and address where it was found. */
  key: string;
  uri: string;
  /** The account and region of the folder where it was found. */
  account: string;
  region: string;
  /** The period that it covers. */
  start: number;
  end: number;
  /** Where it was delivered, according to its content. */
  bucket: string;
  object: string;
  /** Fingerprint of the public key that it names for its signature. */
  fingerprint: string;
  /** `SHA256withRSA`. */
  algorithm: string;
  /** From the metadata of its object, hex; absent in copies without metadata. */
  signature?: string;
  /** `signature-algorithm` of that metadata. */
  metadataAlgorithm?: string;
  /** When a backfilled digest was made, from the metadata of its object. */
  backfilledAt?: number;
  /** Absent in the first digest of a chain. */
  previous?: PreviousDigest;
  /** SHA-256 of the uncompressed digest, lowercase hex. */
  sha256: string;
  /** The log files that it lists. */
  files: readonly NamedFile[];
}

/** The parts of a digest's file name. */
export interface DigestName {
  /** The trail's name and home region. */
  trail: string;
  homeRegion: string;
  /** End of the digest's period, milliseconds since the epoch. */
  end: number;
  /** Backfilled digests have their own chain. */
  backfill: boolean;
}

const DIGEST_NAME =
  /^\d{12}_CloudTrail-Digest_[a-z0-9-]+?_(?<trail>.+)_(?<home>[a-z0-9-]+)_\d{8}T\d{6}Z(?<backfill>_backfill)?\.json(?:\.gz|\.zst)?$/s;

/** Parses the file name of a digest's key; `undefined` if CloudTrail does not write such names. */
export function parseDigestName(key: string): DigestName | undefined {
  const name = fileName(key);
  const { trail, home, backfill } = DIGEST_NAME.exec(name)?.groups ?? {};
  const end = deliveryStamp(name)?.time ?? Number.NaN;
  if (trail === undefined || Number.isNaN(end)) return undefined;
  return { trail, homeRegion: home, end, backfill: backfill !== undefined };
}

/**
 * Identifies the chain that a digest belongs to by its key: the folder of its account and region, the trail, and whether it is
 * backfilled. Digests whose name cannot be parsed form a chain for each folder.
 */
export function chainOf(key: string): string {
  const name = parseDigestName(key);
  const folder = placeOf(key);
  return name === undefined ? folder : `${folder} ${name.trail} ${name.homeRegion}${name.backfill ? ' backfill' : ''}`;
}

const DATED_FOLDER = /^(.*AWSLogs\/(?:o-[a-z0-9]{10,32}\/)?\d{12}\/)[^/]+\/([^/]+)\//s;

/** The folder of the digests that list the file with this key: everything before the date. `undefined` for an unusual key. */
export function digestFolderOf(key: string): string | undefined {
  const [, root, region] = DATED_FOLDER.exec(key) ?? [];
  return root === undefined ? undefined : `${root}CloudTrail-Digest/${region}/`;
}

/**
 * The place that a key's file was delivered to: everything before the kind, and the region. Log files and the digests that
 * list them have the same. An unusual key is its own place.
 */
export function placeOf(key: string): string {
  const [, root, region] = DATED_FOLDER.exec(key) ?? [];
  return root === undefined ? key : `${root}${region}`;
}

/** The delivery day of a key by its folders; by `fallback`, milliseconds since the epoch, if it has none. */
export function dayOf(key: string, fallback: number): string {
  return parseObjectKey(key)?.day ?? (Number.isNaN(fallback) ? '' : new Date(fallback).toISOString().slice(0, 10));
}

/** Whether a log file that a digest with this end lists is of a delivery day. */
export function isOfDay(key: string, end: number, day: string): boolean {
  // A key with the folders of another day need not be parsed.
  if (!key.includes(`/${day.replaceAll('-', '/')}/`) && dayOf('', end) !== day) return false;
  return dayOf(key, end) === day;
}
