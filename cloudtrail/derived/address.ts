/** IP addresses in texts of a record: source.address may also be a service name or `AWS Internal`. */
import { isIP } from 'node:net';
import { Text } from '../../columnar/words.js';
import { appendText, fromLookup, type Lookup } from './derivation.js';

/** `192.0.2.1:443` */
const IPV4_WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/;
/** `[2001:db8::1]` and `[2001:db8::1]:443` (RFC 3986, section 3.2.2). */
const BRACKETED_IPV6 = /^\[([^\]]*)\](?::\d{1,5})?$/;
/** An IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2): `::ffff:192.0.2.1` or `::ffff:c000:201`. */
const IPV4_MAPPED = /^(?:::|(?:0{1,4}:){5})ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i;

/**
 * Returns the IP address in a text, without port, brackets and zone (`fe80::1%eth0`); an IPv4-mapped address as IPv4. For a
 * comma-separated list, as in `X-Forwarded-For`, the first element that is an address. Undefined for anything else.
 */
export function ipAddressOf(text: string): string | undefined {
  if (text.includes(',')) {
    for (const part of text.split(',')) {
      const found = ipAddressOf(part);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const trimmed = text.trim();
  const bare = (IPV4_WITH_PORT.exec(trimmed) ?? BRACKETED_IPV6.exec(trimmed))?.[1] ?? trimmed;
  if (isIP(bare) === 0) return undefined;
  const [address] = bare.split('%');
  const mapped = IPV4_MAPPED.exec(address);
  if (mapped === null) return address;
  const [, dotted, high, low] = mapped;
  return (
    dotted ?? [high, low].flatMap((part) => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255]).join('.')
  );
}

const sourceAddress: Lookup<Text> = {
  input: 'source.address',
  bind: () => (text) => {
    const address = ipAddressOf(text);
    return address === undefined ? undefined : new Text(address);
  },
};

/** source.ip. */
export const sourceIp = fromLookup(sourceAddress, (ip, out, row) => appendText(out, ip, row));
