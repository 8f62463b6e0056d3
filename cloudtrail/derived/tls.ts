/** tls.version and tls.version_protocol. */
import { Text } from '../../columnar/words.js';
import { appendText, fromLookup, type Lookup } from './derivation.js';

/**
 * `TLSv1.2`, `TLS 1.2`, `TLS_1_2`, `TLS12`, `1.2`, `SSLv3`, `DTLSv1.2`: a protocol and a version with one digit before the
 * dot. Without a protocol it is TLS, and the dot is required.
 */
const WITH_PROTOCOL = /^(tls|ssl|dtls)[ _-]?v?[ _-]?(\d)(?:[._-]?(\d))?$/i;
const WITHOUT_PROTOCOL = /^v?([1-9])\.(\d)$/i;

interface TlsVersion {
  /** The numeric part. */
  number: Text;
  /** In lower case. */
  protocol: Text;
}

/** Parses a TLS version; undefined if the text is not one. */
function tlsVersionOf(text: string): { number: string; protocol: string } | undefined {
  const trimmed = text.trim();
  const full = WITH_PROTOCOL.exec(trimmed);
  const [protocol, major, minor] = full?.slice(1) ?? ['tls', ...(WITHOUT_PROTOCOL.exec(trimmed)?.slice(1) ?? [])];
  if (major === undefined) return undefined;
  return { number: minor === undefined ? major : `${major}.${minor}`, protocol: protocol.toLowerCase() };
}

const version: Lookup<TlsVersion> = {
  input: 'aws.cloudtrail.tls_details.tls_version',
  bind: () => (text) => {
    const found = tlsVersionOf(text);
    return found && { number: new Text(found.number), protocol: new Text(found.protocol) };
  },
};

/** tls.version. */
export const tlsVersion = fromLookup(version, ({ number }, out, row) => appendText(out, number, row));

/** tls.version_protocol. */
export const tlsProtocol = fromLookup(version, ({ protocol }, out, row) => appendText(out, protocol, row));
