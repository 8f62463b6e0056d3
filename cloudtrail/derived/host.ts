/** Host names in texts of a record: with or without a port; possibly an IP address instead of a name, or no host at all. */
import { Text } from '../../columnar/words.js';
import { ipAddressOf } from './address.js';
import { ByteCache } from './byte-cache.js';
import { appendText, fromLookup, type Lookup } from './derivation.js';
import { isValueText } from './known-value.js';

/** A host name or an IP address; neither if the text is not a host. */
export interface Host {
  /** In lower case, without the port and the trailing dot. */
  name?: Text;
  ip?: Text;
}

/** A name and an optional port: the characters allowed in a `Host` header (RFC 9110, section 7.2). */
const NAME = /^([^\s\p{Cc}/\\?#@:,;[\]<>"'(){}|^`]+?)\.?(?::\d{0,5})?$/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** Parses a Host header, or a similar parameter. */
function hostOf(text: string): Host {
  const trimmed = text.trim();
  if (!isValueText(trimmed)) return {};
  const ip = trimmed.includes(',') ? undefined : ipAddressOf(trimmed);
  if (ip !== undefined) return { ip: new Text(ip) };
  const name = NAME.exec(trimmed)?.[1].toLowerCase();
  return name !== undefined && LETTER_OR_DIGIT.test(name) ? { name: new Text(name) } : {};
}

/** Cache of hosts in texts that are not columns. */
export const HOSTS = new ByteCache(hostOf);

const clientHost: Lookup<Host> = {
  input: 'aws.cloudtrail.tls_details.client_provided_host_header',
  bind: () => hostOf,
};

/** tls.client.server_name and destination.domain. */
export const clientHostName = fromLookup(clientHost, ({ name }, out, row) => appendText(out, name, row));
