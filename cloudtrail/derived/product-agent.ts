/**
 * User agents of programs: AWS's SDKs, CLI and console, services, and everything else that names itself by products
 * (`name/version`, RFC 9110, section 10.1.5). Forms of AWS's own: botocore's `useragent.py` and the SDKs' user agent 2.x
 * (`os/NAME#VERSION lang/… md/…`); partners put `APN/1.0 PARTNER/1.0` before their product.
 */

/** What a user agent says; absent members are not in it. */
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

/** `APN/1.0 HashiCorp/1.0 Terraform/1.7.5`: the product, else the partner. */
function partnerProduct(tokens: readonly string[]): string {
  const [apn, partner, product] = tokens.filter((token) => PRODUCT.test(token));
  return product ?? partner ?? apn;
}

/** User agent 2.x: `os/linux#5.10.213`; before: `OS/Microsoft_Windows_10.0.17763`, `os/linux/5.10`. */
const OS_TOKEN = /(?:^|\s)os\/([^\s#/]+)(?:[#/](\S+))?(?=\s|$)/i;
/** Python and Java: `Linux/5.4.247`, `Darwin/22.4.0`, `Windows_10/10.0`. */
const PLATFORM = /(?:^|\s)(Linux|Darwin|Windows|Windows_\w+|Mac_OS_X|FreeBSD)\/(\S+)/;
/** Go: `(go1.19.3; linux; amd64)`. */
const GO = /\(go[^;()]*; ([^;()]+); [^;()]+\)/;
/** aws-sdk-nodejs: `linux/v18.19.0`, where the version is Node's. */
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
 * Is it the version of macOS's kernel? botocore and the AWS CLI write `os/macos#` and `platform.release()`, which is
 * Darwin's (botocore's `useragent.py`). macOS has the versions up to 15, and from 26 on; Darwin had 16 to 25 meanwhile.
 */
function isDarwinVersion(version: string): boolean {
  return /^(?:1[6-9]|2[0-5])(?!\d)/.test(version);
}

/** A Darwin version is the kernel's, so it stays apart from macOS. */
function familyOf(name: string): string {
  if (/^linux$/i.test(name)) return 'Linux';
  if (/windows|^win32$|^microsoft/i.test(name)) return 'Windows';
  if (/^mac/i.test(name)) return 'macOS';
  return /^darwin(?![a-z])/i.test(name) ? 'Darwin' : name;
}
