/** tls.version and tls.version_protocol. */
import { appendBytes, fromLookup, type Lookup } from './derivation.js';

/**
 * `TLSv1.2`, `TLS 1.2`, `TLS_1_2`, `TLS12`, `1.2`, `SSLv3`, `DTLSv1.2`: a protocol, and a number of which one digit comes
 * before the point. Without a protocol it is TLS, and the point must be there.
 */
const WITH_PROTOCOL = /^(tls|ssl|dtls)[ _-]?v?[ _-]?(\d)(?:[._-]?(\d))?$/i;
const WITHOUT = /^v?([1-9])\.(\d)$/i;

interface TlsVersion {
  /** The numeric part. */
  number: Buffer;
  /** In lower case. */
  protocol: Buffer;
}

/** The version that a text names; undefined when it names none. */
function tlsVersionOf(text: string): { number: string; protocol: string } | undefined {
  const trimmed = text.trim();
  const full = WITH_PROTOCOL.exec(trimmed);
  const [protocol, major, minor] = full?.slice(1) ?? ['tls', ...(WITHOUT.exec(trimmed)?.slice(1) ?? [])];
  if (major === undefined) return undefined;
  return { number: minor === undefined ? major : `${major}.${minor}`, protocol: protocol.toLowerCase() };
}

const version: Lookup<TlsVersion> = {
  input: 'aws.cloudtrail.tls_details.tls_version',
  bind: () => (text) => {
    const found = tlsVersionOf(text);
    return found && { number: Buffer.from(found.number), protocol: Buffer.from(found.protocol) };
  },
};

/** tls.version. */
export const tlsVersion = fromLookup(version, ({ number }, out, row) => appendBytes(out, number, row));

/** tls.version_protocol. */
export const tlsProtocol = fromLookup(version, ({ protocol }, out, row) => appendBytes(out, protocol, row));
