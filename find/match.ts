/** Decides which needles a row has, by the rules of value-index/values.ts. */

import { addressVersion, isInside } from '../value-index/addresses.js';
import { hashOfBytes, hashOfText } from '../value-index/hash.js';
import type { Needle } from '../value-index/needles.js';
import { ValueReader } from '../value-index/values.js';

/** Finds needles in texts. */
export class Matcher extends ValueReader {
  /** Indexes of the needles by the hash of their text. */
  private readonly byHash = new Map<number, { index: number; bytes: Buffer }[]>();
  private readonly networks: { index: number; needle: Needle }[] = [];
  private found = new Set<number>();

  constructor(needles: readonly Needle[]) {
    super();
    needles.forEach((needle, index) => {
      // A network is also found where it is written as a network, in the rules of a security group.
      if (needle.network !== undefined) this.networks.push({ index, needle });
      const hash = hashOfText(needle.text);
      const same = this.byHash.get(hash);
      const entry = { index, bytes: Buffer.from(needle.text) };
      if (same === undefined) this.byHash.set(hash, [entry]);
      else same.push(entry);
    });
  }

  /** Returns the indexes of the needles that are values of the texts. */
  matches(texts: readonly (string | null)[]): Set<number> {
    this.found = new Set();
    for (const text of texts) if (text !== null && text !== '') this.readText(text);
    return this.found;
  }

  protected override onValue(from: number, to: number): void {
    const { bytes, words } = this;
    for (const { index, bytes: needle } of this.byHash.get(hashOfBytes(words, from, to)) ?? [])
      if (needle.compare(bytes, from, to) === 0) this.found.add(index);
    if (this.networks.length === 0 || addressVersion(bytes, from, to) === 0) return;
    const address = Buffer.from(bytes.subarray(from, to)).toString();
    for (const { index, needle } of this.networks)
      if (needle.network !== undefined && isInside(address, needle.network)) this.found.add(index);
  }
}
