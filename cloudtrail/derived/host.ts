/** Host names in the texts of a record: with or without a port, an IP address instead of a name, or none at all. */
import { ipAddressOf } from './address.js';
import { ByteCache } from './byte-cache.js';
import { appendBytes, fromLookup, type Lookup } from './derivation.js';
import { isValueText } from './known-value.js';

/** A host name, or an IP address; neither where the text is not a host. */
export interface Host {
  /** In lower case, without a port and without the dot of the root. */
  name?: Buffer;
  ip?: Buffer;
}

/** A name and a port; before the port comes what can stand in a `Host` header (RFC 9110, section 7.2). */
const NAME = /^([^\s\p{Cc}/\\?#@:,;[\]<>"'(){}|^`]+?)\.?(?::\d{0,5})?$/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** What a host header, or a parameter like it, names. */
function hostOf(text: string): Host {
  const trimmed = text.trim();
  if (!isValueText(trimmed)) return {};
  const ip = trimmed.includes(',') ? undefined : ipAddressOf(trimmed);
  if (ip !== undefined) return { ip: Buffer.from(ip) };
  const name = NAME.exec(trimmed)?.[1].toLowerCase();
  return name !== undefined && LETTER_OR_DIGIT.test(name) ? { name: Buffer.from(name) } : {};
}

/** For texts that are not in a column of their own. */
export const HOSTS = new ByteCache(hostOf);

const clientHost: Lookup<Host> = {
  input: 'aws.cloudtrail.tls_details.client_provided_host_header',
  bind: () => hostOf,
};

/** tls.client.server_name and destination.domain. */
export const clientHostName = fromLookup(clientHost, ({ name }, out, row) => appendBytes(out, name, row));
