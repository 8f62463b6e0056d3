/**
 * The form in which values are compared, and networks of IP addresses. Pure.
 *
 * UUIDs are compared in lower case and IPv6 addresses in their canonical form (RFC 5952);
 * all other values are compared as they are, in their case.
 */
import { isIP } from 'node:net';

/** A range of addresses. */
export interface Network {
  version: 4 | 6;
  /** The address as a number, with zeros after the prefix. */
  first: bigint;
  /** Length of the prefix, bits. */
  bits: number;
}

/** A UUID in any case. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Bits of an address. */
const WIDTH = { 4: 32, 6: 128 } as const;

/** The form in which a value is compared. */
export function canonical(value: string): string {
  if (value.length === 36 && UUID.test(value)) return value.toLowerCase();
  if (isAddressLike(value) && isIP(value) === 6) return canonicalAddress(value);
  return value;
}

/** A quick test that rules out nearly all texts that are not IPv6 addresses. */
function isAddressLike(value: string): boolean {
  const colon = value.indexOf(':');
  return colon >= 0 && colon < 5 && value.length < 46;
}

/** Whether a value is an address in the network. */
export function isInside(value: string, { version, first, bits }: Network): boolean {
  return isIP(value) === version && networkOf(numberOf(value, version), version, bits) === first;
}

/**
 * Lengths of the prefixes under which each address is indexed, longest first, so that a CIDR is looked up by the longest one
 * that is not longer than its own.
 */
export const INDEXED_PREFIXES: Readonly<Record<4 | 6, readonly number[]>> = { 4: [24, 16], 6: [64, 48, 32] };

/** The text under which the network of an address is indexed. Its slash distinguishes it from every address. */
export function prefixText(address: string, version: 4 | 6, bits: number): string {
  if (version === 4) {
    const last = address.lastIndexOf('.');
    return bits === 24
      ? `net:${address.slice(0, last)}.0/24`
      : `net:${address.slice(0, address.lastIndexOf('.', last - 1))}.0.0/16`;
  }
  return `net:${addressOf(networkOf(numberOf(address, version), version, bits), version)}/${bits}`;
}

/** Maximum number of indexed prefixes that a CIDR is looked up by. The index cannot answer for larger networks. */
const MAX_PREFIXES = 256;

/** The indexed prefixes that contain the addresses of a network; `undefined` if there are too many. */
export function prefixesOf({ version, first, bits }: Network): string[] | undefined {
  const indexed = INDEXED_PREFIXES[version];
  const within = indexed.find((length) => length <= bits);
  if (within !== undefined) return [`net:${addressOf(networkOf(first, version, within), version)}/${within}`];
  const shortest = indexed[indexed.length - 1];
  const count = 2 ** (shortest - bits);
  if (count > MAX_PREFIXES) return undefined;
  const step = 1n << BigInt(WIDTH[version] - shortest);
  return Array.from({ length: count }, (_, i) => `net:${addressOf(first + BigInt(i) * step, version)}/${shortest}`);
}

function networkOf(address: bigint, version: 4 | 6, bits: number): bigint {
  const rest = BigInt(WIDTH[version] - bits);
  return (address >> rest) << rest;
}

function numberOf(address: string, version: 4 | 6): bigint {
  if (version === 4) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  return groupsOf(address).reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

/** The eight groups of an IPv6 address. A zone (`%eth0`) is ignored. */
function groupsOf(address: string): number[] {
  const text = address
    .replace(/%.*$/, '')
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a: string, b: string, c: string, d: string) =>
      [(+a << 8) | +b, (+c << 8) | +d].map((group) => group.toString(16)).join(':'),
    );
  const [head, tail] = text
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16))));
  if (tail === undefined) return head;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function addressOf(number: bigint, version: 4 | 6): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => Number((number >> BigInt(112 - 16 * i)) & 0xffffn));
  return compressed(groups);
}

function canonicalAddress(address: string): string {
  return isIP(address) === 4 ? address : compressed(groupsOf(address));
}

/** RFC 5952, section 4: lower case, no leading zeros, and `::` for the longest run of at least two zero groups. */
function compressed(groups: readonly number[]): string {
  let [from, length] = [0, 0];
  for (let at = 0; at < groups.length; at++) {
    let end = at;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - at > length) [from, length] = [at, end - at];
    at = Math.max(at, end);
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}

/** The version of the IP address in the bytes from `from` to `to`; 0 if they are not an address. */
export function addressVersion(bytes: Uint8Array, from: number, to: number): 0 | 4 | 6 {
  return mayBeAddress(bytes, from, to) ? versionOf(Buffer.from(bytes.subarray(from, to)).toString()) : 0;
}

/** The version of an address; 0 if the text is not one. */
export const versionOf = (text: string): 0 | 4 | 6 => isIP(text) as 0 | 4 | 6;

/** Rules out nearly all bytes that are not an address in its canonical form. */
export function mayBeAddress(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (length < 2 || length > 45) return false;
  let [dots, colons] = [0, 0];
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte === 46) dots++;
    else if (byte === 58) colons++;
    // A digit, or a letter that is a hexadecimal digit in lower case, as in canonical addresses.
    else if (!((byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 102))) return false;
  }
  return dots === 3 || colons >= 2;
}

/** Reads a network, `10.1.0.0/16`: `undefined` if it is not one; a problem if its address is not the first one of the network. */
export function networkFrom(text: string): Network | { problem: string } | undefined {
  const [, address, bits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = address === undefined ? 0 : isIP(address);
  if (version !== 4 && version !== 6) return undefined;
  const length = Number(bits);
  if (length > WIDTH[version])
    return { problem: `the prefix of an IPv${version} address has at most ${WIDTH[version]} bits` };
  const first = networkOf(numberOf(address, version), version, length);
  if (first === numberOf(address, version)) return { version, first, bits: length };
  return { problem: `its network begins at ${addressOf(first, version)}/${length}` };
}

/** The text of a network. */
export function networkText({ version, first, bits }: Network): string {
  return `${addressOf(first, version)}/${bits}`;
}
