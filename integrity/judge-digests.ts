/**
 * Judges the digests of a window of time: each one's signature and place, and its link to the next digest of its chain. A
 * digest is proven by its own signature; the next digest repeats that signature and the digest's hash.
 */
import { chainOf, type Digest, parseDigestName } from './digest.js';
import type { KeyRing } from './keys.js';
import { isSignedBy, SIGNATURE_ALGORITHM } from './signature.js';
import type { Verdict } from './verdict.js';

/** Where the bucket's objects were delivered: the bucket of this run, or the original of a copy. */
export interface Origin {
  bucket: string;
  /** Prefix of the keys of this run, with a slash at the end; usually empty. */
  prefix: string;
}

/**
 * A digest with its verdict, which is computed when it is needed and is the same at any time. Checking signatures takes
 * most of the time, and most digests of the adjacent days are only links.
 */
export class JudgedDigest {
  /** Its trail, by its name. */
  readonly trail: string | undefined;
  private found: Found | undefined;

  constructor(
    readonly digest: Digest,
    private readonly judge: (digest: Digest) => Found,
  ) {
    this.trail = parseDigestName(digest.key)?.trail;
  }

  get code(): Verdict['code'] {
    return this.verdict.code;
  }

  get message(): string | undefined {
    return this.verdict.message;
  }

  /** Its content is proven, so its entries for log files count. True for some failures, such as changed metadata. */
  get trusted(): boolean {
    return this.verdict.code === undefined || this.verdict.code === 'metadata_changed';
  }

  private get verdict(): Found {
    this.found ??= this.judge(this.digest);
    return this.found;
  }
}

/** A verdict: empty if the digest is valid. */
type Found = Pick<Verdict, 'code' | 'message'>;

/** A digest that the next one in its chain refers to, but that was not among the digests. */
export interface AbsentDigest {
  key: string;
  /** Its SHA-256 according to the next digest. */
  hash: string;
  /** The digest that refers to it, and the newest earlier digest of the chain that exists. */
  by: Digest;
  before?: Digest;
}

/** The digests of a window, judged. */
export interface JudgedDigests {
  byKey: ReadonlyMap<string, JudgedDigest>;
  /** Versions of the same keys that are not in `byKey`: a proven one takes precedence there. */
  others: readonly JudgedDigest[];
  /** The digests of each chain by ascending end. */
  chains: ReadonlyMap<string, readonly JudgedDigest[]>;
  absent: readonly AbsentDigest[];
}

/** Judges all digests of a window. Keys whose fingerprint is not in `keys` prove nothing. */
export function judgeDigests(digests: readonly Digest[], origin: Origin, keys: KeyRing): JudgedDigests {
  const ordered = [...digests].sort((a, b) => b.end - a.end || compare(b.key, a.key) || compare(a.sha256, b.sha256));
  const byKey = new Map<string, JudgedDigest>();
  const others: JudgedDigest[] = [];
  /** By the key of the digest before them; a proven one takes precedence. */
  const nextOf = new Map<string, JudgedDigest>();
  const chains = new Map<string, JudgedDigest[]>();
  // From the newest to the oldest: a digest without metadata is proven by the next one.
  for (const digest of ordered) {
    const next = nextOf.get(digest.key);
    // Computed now, so that a long chain of such digests does not cause a deep recursion.
    if (differsFrom(next, digest)) void next?.trusted;
    const judged = new JudgedDigest(digest, (of) => judge(of, next, origin, keys));
    const version = byKey.get(digest.key);
    if (version !== undefined) {
      // A repeated delivery is the same digest.
      if (version.digest.sha256 === digest.sha256) continue;
      others.push(version.trusted ? judged : version);
      if (version.trusted) continue;
      chains.get(chainOf(digest.key))?.shift();
    }
    byKey.set(digest.key, judged);
    const previous = previousIn(origin, digest);
    if (previous !== undefined && !nextOf.get(previous.key)?.trusted) nextOf.set(previous.key, judged);
    const chain = chains.get(chainOf(digest.key)) ?? [];
    chains.set(chainOf(digest.key), chain);
    chain.unshift(judged);
  }
  return { byKey, others, chains, absent: absentDigests(byKey, chains, origin) };
}

/** The previous digest, by its key in this run; `undefined` if there is none, or if it was delivered to another bucket. */
function previousIn(origin: Origin, { previous }: Digest): { key: string; hash: string } | undefined {
  if (previous === undefined || previous.bucket !== origin.bucket) return undefined;
  if (!previous.key.startsWith(origin.prefix)) return undefined;
  return { key: previous.key.slice(origin.prefix.length), hash: previous.hash };
}

function judge(digest: Digest, next: JudgedDigest | undefined, origin: Origin, keys: KeyRing): Found {
  const found = `${origin.bucket}/${origin.prefix}${digest.key}`;
  const claimed = `${digest.bucket}/${digest.object}`;
  const isInPlace = found === claimed;
  const copy = next?.digest.previous;
  const isReplaced = differsFrom(next, digest) && next?.trusted === true;
  const replaced = (): Found => ({
    code: 'replaced',
    message: `Its SHA-256 is ${digest.sha256}, but ${next?.digest.key} says ${copy?.hash}.`,
  });
  const key = keys.get(digest.fingerprint)?.key;
  if (key === undefined) {
    if (!isInPlace)
      return { code: 'wrong_place', message: `According to its content, it was delivered to ${claimed}.` };
    // The next digest is proof, whatever key this one refers to: anyone can create a key that is not known.
    if (isReplaced) return replaced();
    return { code: 'unknown_key', message: `It requires the public key ${digest.fingerprint}.` };
  }
  const { signature } = digest;
  const isCopyValid = copy !== undefined && isSignedBy(digest, copy.signature, key);
  // They are usually the same.
  const isSame = signature === copy?.signature;
  const isOwnValid = isSame ? isCopyValid : signature !== undefined && isSignedBy(digest, signature, key);
  if (!isOwnValid && !isCopyValid) {
    if (signature === undefined && copy === undefined)
      return { code: 'no_signature', message: 'Its object has no signature in its metadata.' };
    const message = `The signature is not valid for ${claimed} and the public key ${digest.fingerprint}.`;
    return { code: 'bad_signature', message };
  }
  if (!isInPlace) return { code: 'wrong_place', message: `According to its content, it was delivered to ${claimed}.` };
  if (isReplaced) return replaced();
  const message = metadataProblem(digest, isOwnValid);
  return message === undefined ? {} : { code: 'metadata_changed', message };
}

/** Whether the next digest of a chain has another hash for this digest than that of its content. */
function differsFrom(next: JudgedDigest | undefined, { sha256 }: Digest): boolean {
  return next?.digest.previous !== undefined && next.digest.previous.hash !== sha256;
}

/** What is wrong with the metadata of a digest whose content is proven. Copies without metadata are acceptable. */
function metadataProblem(digest: Digest, isOwnValid: boolean): string | undefined {
  if (digest.signature === undefined) return undefined;
  if (!isOwnValid) return 'The signature in its metadata is not valid; the one in the next digest is.';
  const algorithm = digest.metadataAlgorithm ?? digest.algorithm;
  if (algorithm !== SIGNATURE_ALGORITHM) return `The signature algorithm in its metadata is ${algorithm}.`;
  if (parseDigestName(digest.key)?.backfill && digest.backfilledAt === undefined)
    return 'It is backfilled, but its metadata has no time (backfill-generation-timestamp).';
  return undefined;
}

/** The missing digests that other digests refer to. References in failed digests do not count. */
function absentDigests(
  byKey: ReadonlyMap<string, JudgedDigest>,
  chains: ReadonlyMap<string, readonly JudgedDigest[]>,
  origin: Origin,
): AbsentDigest[] {
  const absent = new Map<string, AbsentDigest>();
  for (const chain of chains.values()) {
    for (const [index, judged] of chain.entries()) {
      const { digest } = judged;
      const previous = previousIn(origin, digest);
      if (previous === undefined || byKey.has(previous.key)) continue;
      const { trusted, code } = judged;
      if (!trusted && code !== 'unknown_key' && code !== 'no_signature') continue;
      absent.set(previous.key, { ...previous, by: digest, before: chain[index - 1]?.digest });
    }
  }
  return [...absent.values()];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
