/** user_agent.*: the program and operating system in the user agent. */
import { parse } from 'bowser';
import { Text } from '../../columnar/words.js';
import { appendText, fromLookup, type Lookup, type LookupColumn } from './derivation.js';
import { isValueText } from './known-value.js';
import { type ParsedAgent, parseProductAgent } from './product-agent.js';

/** CloudTrail truncates user agents at 1 KB; the patterns would be slow on much longer texts. */
const MAX_CHARACTERS = 1024;
const BROWSER = /^(Mozilla|Opera)\//;

/**
 * Parses a user agent: browsers with bowser, all others by their products. A user agent that a service passed on is in
 * brackets.
 */
export function parseUserAgent(original: string): ParsedAgent {
  const cut = original.slice(0, MAX_CHARACTERS).trim();
  const text = cut.startsWith('[') && cut.endsWith(']') ? cut.slice(1, -1).trim() : cut;
  if (!isValueText(text)) return {};
  return (BROWSER.test(text) && browser(text)) || parseProductAgent(text);
}

function browser(text: string): ParsedAgent | undefined {
  const { browser: found, os, platform } = parse(text);
  if (!found.name) return undefined;
  return {
    name: found.name,
    version: found.version,
    device: platform.model,
    osName: os.name,
    // The marketing version: 10 for `NT 10.0`.
    osVersion: os.name === 'Windows' ? (os.versionName ?? os.version) : os.version,
  };
}

const PARTS = ['name', 'version', 'device', 'osName', 'osVersion', 'osFull'] as const;
type Part = (typeof PARTS)[number];

/** The parts in the order of `PARTS`: an array is read faster than objects of varying shape. */
const userAgent: Lookup<(Text | undefined)[]> = {
  input: 'user_agent.original',
  bind: () => (text) => {
    const parsed = parseUserAgent(text);
    const osFull = [parsed.osName, parsed.osVersion].filter(Boolean).join(' ');
    const parts: Partial<Record<Part, string>> = { ...parsed, osFull };
    return PARTS.map((name) => (parts[name] ? new Text(parts[name]) : undefined));
  },
};

function part(name: Part): LookupColumn<(Text | undefined)[]> {
  const index = PARTS.indexOf(name);
  return fromLookup(userAgent, (parts, out, row) => appendText(out, parts[index], row));
}

/** user_agent.name. */
export const userAgentName = part('name');

/** user_agent.version. */
export const userAgentVersion = part('version');

/** user_agent.device.name. */
export const userAgentDevice = part('device');

/** user_agent.os.name. */
export const userAgentOsName = part('osName');

/** user_agent.os.version. */
export const userAgentOsVersion = part('osVersion');

/** user_agent.os.full. */
export const userAgentOsFull = part('osFull');
