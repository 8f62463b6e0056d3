/** Kinds of tampering with digests, and what several of them have in common. */
import { gunzipSync } from 'node:zlib';
import type { Random } from '../../sample/random';
import { type DigestContent, sha256, unsignedDigest } from './digest-files';
import type { Link, Position, Tamper, Tampering, Target } from './tampering-target';

/** What a kind works with. */
export type Args = { kind: string; target: Target; random: Random; position: Position };

/** A kind for each end of a chain, and one for its middle. */
export function atEach(
  name: string,
  tamper: (args: Args) => Tampering,
  positions: readonly Position[] = ['first', 'middle', 'last'],
): [string, Tamper][] {
  return positions.map((position) => {
    const kind = `${name} (${position})`;
    return [kind, (target, random) => tamper({ kind, target, random, position })];
  });
}

/** Writes other content under the key of a digest; its metadata stays. */
export function rewrite({ bucket }: Target, { key, object }: Link, content: DigestContent): void {
  bucket.set(key, unsignedDigest(content, object.metadata));
}

/** Another digest of the same run, so that it is plausible at this place. */
export const anotherOf = ({ run, index }: Link, random: Random): Link => {
  const others = run.links.filter((link) => link.index !== index);
  return random.pick(others);
};

/** SHA-256 of the uncompressed bytes, hex. */
export const hashIn = (body: Buffer): string => sha256(gunzipSync(body));
