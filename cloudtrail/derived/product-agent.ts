/**
 * User agents of programs: the AWS SDKs, CLI and console, services, and everything else that consists of products
 * (`name/version`, RFC 9110, section 10.1.5). AWS formats: botocore's `useragent.py` and the SDKs' user agent 2.x
 * (`os/NAME#VERSION lang/… md/…`); partners put `APN/1.0 PARTNER/1.0` before their product.
 */

/** The parts of a user agent; absent if the user agent does not contain them. */
export interface ParsedAgent {
  name?: string;
  version?: string;
  device?: string;
  osName?: string;
  osVersion?: string;
}

const COMMENT = /\([^()]*\)/g;
const VERSION = /^v?\d/;
const PRODUCT = /^([^/]+)\/(.*)$/;

/** Parses a user agent that consists of products. The text must not be empty. */
export function parseProductAgent(text: string): ParsedAgent {
  const [head] = text.split(/[,(]/, 1);
  if (head.trim() === '') return osOf(text);
  // A name of several words has no version: `AWS Internal`, `Amazon CloudFront`.
  if (!head.includes('/')) return { name: head.trim(), ...osOf(text) };
  const products = text.replace(COMMENT, ' ').split(/[\s,;]+/);
  const [first] = products.filter((token) => token !== '');
  const chosen = first.startsWith('APN/') ? partnerProduct(products) : first;
  const [, name, version = ''] = PRODUCT.exec(chosen) ?? [chosen, chosen];
  return { name, ...(VERSION.test(version) && { version }), ...osOf(text) };
}

/** `APN/1.0 HashiCorp/1.0 Terraform/1.7.5`: the product, otherwise the partner. */
function partnerProduct(tokens: readonly string[]): string {
  const [apn, partner, product] = tokens.filter((token) => PRODUCT.test(token));
  return product ?? partner ?? apn;
}

/** User agent 2.x: `os/linux#5.10.213`; earlier versions: `OS/Microsoft_Windows_10.0.17763`, `os/linux/5.10`. */
const OS_TOKEN = /(?:^|\s)os\/([^\s#/]+)(?:[#/](\S+))?(?=\s|$)/i;
/** Python and Java: `Linux/5.4.247`, `Darwin/22.4.0`, `Windows_10/10.0`. */
const PLATFORM = /(?:^|\s)(Linux|Darwin|Windows|Windows_\w+|Mac_OS_X|FreeBSD)\/(\S+)/;
/** Go: `(go1.19.3; linux; amd64)`. */
const GO = /\(go[^;()]*; ([^;()]+); [^;()]+\)/;
/** aws-sdk-nodejs: `linux/v18.19.0`; the version is that of Node.js. */
const NODE = /(?:^|\s)(linux|darwin|win32)\/v\d/;

function osOf(text: string): Pick<ParsedAgent, 'osName' | 'osVersion'> {
  const [, name, version] = OS_TOKEN.exec(text) ?? PLATFORM.exec(text) ?? GO.exec(text) ?? NODE.exec(text) ?? [];
  if (name === undefined) return {};
  const osName = familyOf(name);
  const osVersion = version ?? /\d+(?:\.\d+)+$/.exec(name)?.[0];
  const isKept = osVersion !== undefined && !(osName === 'macOS' && isDarwinVersion(osVersion));
  return { osName, ...(isKept && { osVersion }) };
}

/**
 * Whether it is a version of Darwin, the macOS kernel: botocore and the AWS CLI write `os/macos#` and `platform.release()`,
 * which is Darwin's version (botocore's `useragent.py`). macOS versions are up to 15 and from 26 on; 16 to 25 are Darwin.
 */
function isDarwinVersion(version: string): boolean {
  return /^(?:1[6-9]|2[0-5])(?!\d)/.test(version);
}

/** The name of the operating system. Darwin is kept separate from macOS because its version is that of the kernel. */
function familyOf(name: string): string {
  if (/^linux$/i.test(name)) return 'Linux';
  if (/windows|^win32$|^microsoft/i.test(name)) return 'Windows';
  if (/^mac/i.test(name)) return 'macOS';
  return /^darwin(?![a-z])/i.test(name) ? 'Darwin' : name;
}
