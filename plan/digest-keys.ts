/** The public keys of the digests that a plan reads. Each is looked up once. */
import { StorageUnavailable } from '../errors/index.js';
import type { Digest } from '../integrity/digest.js';
import type { KeyRing, PublicKey } from '../integrity/keys.js';
import { addWantedKeys, ensureKeys, type WantedKey } from '../public-keys/ensure-keys.js';
import type { RunContext } from '../run/context.js';
import { loadKeys } from '../run/key-store.js';

/** Looks up keys, and remembers them by fingerprint and region. */
export class DigestKeys {
  private readonly known = new Map<string, Promise<PublicKey | undefined>>();

  /** @param now milliseconds since the epoch */
  constructor(
    private readonly context: RunContext,
    private readonly now: number,
  ) {}

  /**
   * Returns the keys of digests. Throws `StorageUnavailable` if a key cannot be requested from CloudTrail: its digests would
   * prove nothing, and their log files would be quarantined.
   */
  async of(digests: readonly Digest[], signal: AbortSignal): Promise<KeyRing> {
    const wanted = addWantedKeys(new Map(), digests);
    const missing = [...wanted].filter(([id]) => !this.known.has(id));
    if (missing.length > 0) {
      const loading = this.load(
        missing.map(([, key]) => key),
        signal,
      );
      for (const [id, { fingerprint }] of missing) {
        const key = loading.then((ring) => ring.get(fingerprint));
        // It is awaited below, perhaps after another one has failed.
        key.catch(() => {});
        this.known.set(id, key);
      }
    }
    const found = await Promise.all([...wanted.keys()].map((id) => this.known.get(id)));
    return new Map(found.flatMap((key) => (key === undefined ? [] : [[key.fingerprint, key]])));
  }

  private async load(wanted: readonly WantedKey[], signal: AbortSignal): Promise<KeyRing> {
    const { known, unknown } = await ensureKeys(this.context, wanted, signal, this.now);
    const notAsked = unknown.find((key) => key.notAsked);
    if (notAsked !== undefined) {
      const { fingerprint, region, why } = notAsked;
      throw new StorageUnavailable(
        `integrity: required needs the public key ${fingerprint} for digests in ${region}, which is not available: ${why}`,
      );
    }
    return loadKeys(this.context.warehouse, known, signal);
  }
}
