/** Addresses, hosts, TLS versions and services, implemented a second time, for the oracle. */
import { isIPv4, isIPv6 } from 'node:net';
import { counts, type Text, textsAt } from './oracle-texts.js';

/** The first address of a list, without port, brackets and zone. */
export function oracleAddress(text: string): string | null {
  for (const part of text.split(',')) {
    let rest = part.trim();
    if (isIPv4(rest.replace(/:[0-9]{1,5}$/, ''))) return rest.replace(/:.*$/, '');
    if (rest.startsWith('[') && /\](:[0-9]{1,5})?$/.test(rest)) rest = rest.slice(1, rest.lastIndexOf(']'));
    if (!isIPv6(rest)) continue;
    const address = rest.replace(/%.*$/, '');
    // The URL parser writes every address in its short form.
    const short = new URL(`http://[${address}]/`).hostname;
    const mapped = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(short);
    if (!mapped) return address;
    const number = Number.parseInt(mapped[1], 16) * 65536 + Number.parseInt(mapped[2], 16);
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
  }
  return null;
}

export function oracleHost(text: string): { name: string | null; ip: string | null } {
  const none = { name: null, ip: null };
  const trimmed = text.trim();
  if (!counts(trimmed) || trimmed.includes(',')) return none;
  const ip = oracleAddress(trimmed);
  if (ip !== null) return { name: null, ip };
  let name = trimmed.replace(/:[0-9]{0,5}$/, '');
  if (name.length > 1 && name.endsWith('.')) name = name.slice(0, -1);
  const odd = [...name].some(
    (character) => /[\s\p{Cc}]/u.test(character) || '/\\?#@:;[]<>"\'(){}|^`'.includes(character),
  );
  if (odd || ![...name].some((character) => /[\p{L}\p{N}]/u.test(character))) return none;
  return { name: name.toLowerCase(), ip: null };
}

export function oracleTls(text: string): { number: string; protocol: string } | null {
  const words = text.trim().toLowerCase();
  const protocol = ['dtls', 'tls', 'ssl'].find((known) => words.startsWith(known));
  const number = words.slice(protocol?.length ?? 0);
  if (protocol === undefined)
    return /^v?[1-9]\.[0-9]$/.test(number) ? { number: number.slice(-3), protocol: 'tls' } : null;
  const digits = /^[ _-]?v?[ _-]?([0-9])[._-]?([0-9]?)$/.exec(number);
  if (digits === null || (digits[2] === '' && !/[0-9]$/.test(number))) return null;
  return { number: digits[2] === '' ? digits[1] : `${digits[1]}.${digits[2]}`, protocol };
}

const DOMAINS = [
  ...['amazonaws.com', 'amazonaws.com.cn', 'amazonaws.cn', 'amazonaws.eu'],
  ...['c2s.ic.gov', 'sc2s.sgov.gov', 'cloud.adc-e.uk', 'csp.hci.ic.gov'],
];

export function oracleService(text: string): string | null {
  const trimmed = text.trim();
  const domain = DOMAINS.find((known) => trimmed.toLowerCase().endsWith(`.${known}`));
  const name = domain === undefined ? trimmed : trimmed.slice(0, -domain.length - 1);
  return counts(name) ? name : null;
}

/** `{a,b}` stands for either. */
function spelledOut(glob: string): string[] {
  const found = /\{([^}]*)\}/.exec(glob);
  if (found === null) return [glob];
  return found[1].split(',').flatMap((word) => spelledOut(glob.replace(found[0], word)));
}

const INTERFACE = [
  'privateIpAddress',
  'association.publicIp',
  'privateIpAddressesSet.{item,items}[].privateIpAddress',
  'privateIpAddressesSet.{item,items}[].association.publicIp',
  'ipv6AddressesSet.{item,items}[].ipv6Address',
];
const OF_REQUEST = ['privateIpAddress', 'privateIpAddressesSet.{item,items}[].privateIpAddress', INTERFACE[4]];
const EC2 = [
  'requestParameters.publicIp',
  ...OF_REQUEST.map((path) => `requestParameters.${path}`),
  ...OF_REQUEST.map((path) => `requestParameters.networkInterfaceSet.items[].${path}`),
  'responseElements.{publicIp,privateIpAddress}',
  ...INTERFACE.map((path) => `responseElements.networkInterface.${path}`),
  'responseElements.instancesSet.items[].{privateIpAddress,publicIpAddress,publicIp,ipAddress,ipv6Address}',
  ...INTERFACE.map((path) => `responseElements.instancesSet.items[].networkInterfaceSet.items[].${path}`),
  'responseElements.CreateNatGatewayResponse.natGateway.natGatewayAddressSet.{item,items}[].{privateIp,publicIp}',
].flatMap(spelledOut);

/** The texts at EC2's paths that are addresses. */
export function ec2Addresses(record: unknown): (string | null)[] {
  return EC2.flatMap((path) => textsAt(record, path)).map((text) => oracleAddress(text.plain));
}

/** The hosts of the parameters `Host` and `host`. */
export function parameterHosts(record: unknown): Text[] {
  return ['requestParameters.Host[]', 'requestParameters.host[]'].flatMap((path) => textsAt(record, path));
}
