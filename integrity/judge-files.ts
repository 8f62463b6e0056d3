/** Judges the log files of a delivery day by the digests that list them and by their ledger entries. */
import type { FileStatus } from '../cloudtrail/tables.js';
import type { IntegrityCode } from '../errors/index.js';
import type { Coverage } from './coverage.js';
import { placeOf } from './digest.js';
import type { JudgedDigest } from './judge-digests.js';
import type { Verdict } from './verdict.js';

/** The ledger entry of a version of an object: its latest attempt. */
export interface LedgerFile {
  key: string;
  etag: string;
  account: string;
  region: string;
  kind: string;
  /** Delivery time, milliseconds since the epoch. */
  at: number;
  status: FileStatus;
  /** Of the uncompressed bytes, hex; absent if it was not read. */
  sha256?: string;
  /** The reason code of a quarantined or skipped object. */
  problem?: string;
  /** Stored size, bytes. */
  size: number;
  /** The ledger's notes. */
  notes?: string;
  /** When the object was modified, milliseconds since the epoch. */
  lastModified?: number;
}

/** One mention of a log file in a digest. */
export interface Mention {
  by: JudgedDigest;
  hash: string;
}

/** Quarantine codes that mean that the object is not what CloudTrail delivered: CloudTrail's files can be read. */
const CHANGED_CONTENT = new Set(['empty_file', 'corrupt_gzip', 'corrupt_zstd', 'other_format', 'invalid_json']);

/** The mentions of all log files of a day, by key. */
export class Mentions {
  readonly byKey = new Map<string, Mention[]>();
  /** Computed on demand: usually never, and it takes longer than everything else about a mention. */
  private kinds: Set<string> | undefined;

  add(key: string, mention: Mention): void {
    const known = this.byKey.get(key);
    if (known === undefined) this.byKey.set(key, [mention]);
    else known.push(mention);
    this.kinds = undefined;
  }

  /** Whether the digests list any file of the kind at the place of this key. */
  haveKindOf(key: string): boolean {
    this.kinds ??= new Set(Array.from(this.byKey.keys(), placeAndKind));
    return this.kinds.has(placeAndKind(key));
  }
}

const KIND = /\/\d{12}\/([^/]+)\//;

function placeAndKind(key: string): string {
  return `${placeOf(key)} ${KIND.exec(key)?.[1]}`;
}

/** Judges an object of the ledger, other than a digest. */
export function judgeFile(file: LedgerFile, mentions: Mentions, coverage: Coverage): Verdict {
  const all = mentions.byKey.get(file.key);
  if (all === undefined) return fileVerdict(file, undefined, unnamed(file, mentions, coverage));
  // Almost always the only one.
  const proven = all.length === 1 && all[0].by.trusted ? all : all.filter(({ by }) => by.trusted);
  if (proven.length === 0) {
    const isIgnored = all.every(({ by }) => coverage.ignores(by.digest));
    return fileVerdict(file, all[0], isIgnored ? unnamed(file, mentions, coverage) : notValid(all[0].by));
  }
  const same = proven.find(({ hash }) => hash === file.sha256) ?? proven[0];
  return fileVerdict(file, same, contentProblem(file, same.hash));
}

/** A single object literal with all properties: there is one for each log file. */
function fileVerdict(file: LedgerFile, mention: Mention | undefined, problem: Problem | undefined): Verdict {
  const { key, etag, account, region, at, sha256 } = file;
  return {
    kind: 'log file',
    key,
    etag,
    account,
    region,
    trail: mention?.by.trail,
    at,
    code: problem?.code,
    message: problem?.message,
    digest: mention?.by.digest.key,
    fingerprint: mention?.by.digest.fingerprint,
    sha256,
  };
}

/** The properties of a verdict that identify the digest that lists the log file. */
export function byDigest({ by }: Pick<Mention, 'by'>): Pick<Verdict, 'digest' | 'fingerprint' | 'trail'> {
  const { digest, trail } = by;
  return { digest: digest.key, fingerprint: digest.fingerprint, trail };
}

type Problem = { code: IntegrityCode; message: string };

/** The problem of a log file whose digest is not proven. */
export function notValid({ digest, code }: JudgedDigest): Problem {
  return { code: 'digest_not_valid', message: `Its digest ${digest.key} is not valid: ${code}.` };
}

const UNSEEN = /\b(trailing_members|hidden_bytes): ([^;]*)/;

/** The problem of an object with more than one compressed stream, by the ledger's notes: no digest covers the rest. */
export function unseenBytes({ notes }: Pick<LedgerFile, 'notes'>): Problem | undefined {
  if (notes === undefined) return undefined;
  const [, code, found] = UNSEEN.exec(notes) ?? [];
  return found === undefined ? undefined : { code: code as IntegrityCode, message: `It has ${found}.` };
}

function contentProblem(file: LedgerFile, hash: string): Problem | undefined {
  const { status, sha256, problem = '' } = file;
  const unseen = unseenBytes(file);
  if (unseen !== undefined) return unseen;
  if (sha256 !== undefined) {
    if (sha256 === hash) return undefined;
    return { code: 'modified', message: `Its SHA-256 is ${sha256}, but the digest says ${hash}.` };
  }
  if (status === 'skipped') return { code: 'not_read', message: 'Its table is not configured.' };
  const code = CHANGED_CONTENT.has(problem) ? 'unreadable' : 'quarantined';
  return { code, message: `The ledger says ${problem}.` };
}

function unnamed({ key, kind, at }: LedgerFile, mentions: Mentions, coverage: Coverage): Problem {
  switch (coverage.at(placeOf(key), at)) {
    case 'covered':
      // Whether digests list the files of other kinds depends on the trail.
      if (kind !== 'CloudTrail' && !mentions.haveKindOf(key))
        return { code: 'no_digest', message: `The digests of the day list no file of the kind ${kind}.` };
      return { code: 'not_in_digest', message: 'The digests of its hour are valid, but none of them lists it.' };
    case 'not_valid':
      return { code: 'digest_not_valid', message: 'A digest of its hour is not valid.' };
    case 'not_due':
      return { code: 'not_due', message: 'The digest of its hour is not due yet.' };
    case 'no_digest':
      return { code: 'no_digest', message: 'No digest covers its hour.' };
  }
}
