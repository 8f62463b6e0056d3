/** User agents, implemented a second time, word by word, for the oracle. Browsers are left to the library here, too. */
import { parse } from 'bowser';
import { counts } from './oracle-texts.js';

export interface OracleAgent {
  name: string | null;
  version: string | null;
  device: string | null;
  osName: string | null;
  osVersion: string | null;
}

const NOTHING: OracleAgent = { name: null, version: null, device: null, osName: null, osVersion: null };

export function oracleUserAgent(original: string): OracleAgent {
  let text = original.slice(0, 1024).trim();
  if (text[0] === '[' && text.at(-1) === ']') text = text.slice(1, -1).trim();
  if (!counts(text)) return NOTHING;
  if (text.startsWith('Mozilla/') || text.startsWith('Opera/')) {
    const { browser, os, platform } = parse(text);
    const osVersion = (os.name === 'Windows' && os.versionName) || os.version;
    if (browser.name)
      return {
        name: browser.name,
        version: browser.version || null,
        device: platform.model || null,
        osName: os.name || null,
        osVersion: osVersion || null,
      };
  }
  const end = Math.min(...[',', '('].map((mark) => text.indexOf(mark)).filter((at) => at >= 0), text.length);
  const head = text.slice(0, end).trim();
  const system = { ...NOTHING, ...systemOf(text) };
  if (head === '' || !head.includes('/')) return { ...system, name: head || null };
  const words = withoutComments(text)
    .split(/[\s,;]/)
    .filter((word) => word.length > 0);
  let word = words[0];
  if (word.startsWith('APN/'))
    word = words
      .filter((each) => each.indexOf('/') > 0)
      .slice(0, 3)
      .pop() as string;
  const slash = word.indexOf('/');
  if (slash <= 0) return { ...system, name: word };
  const version = word.slice(slash + 1);
  const isVersion = /^[0-9]/.test(version.replace(/^v/, ''));
  return { ...system, name: word.slice(0, slash), version: isVersion ? version : null };
}

/** Text in innermost parentheses becomes a space. */
function withoutComments(text: string): string {
  let out = '';
  let open = -1;
  for (const character of text) {
    if (character === '(') open = out.length;
    if (character === ')' && open >= 0) {
      out = `${out.slice(0, open)} `;
      open = -1;
    } else out += character;
  }
  return out;
}

function systemOf(text: string): Partial<OracleAgent> {
  const words = text.split(/\s/);
  const token = words.map((word) => /^os\/([^#/]+)(?:[#/](.+))?$/i.exec(word)).find(Boolean);
  if (token) return named(token[1], token[2]);
  const platform = words
    .map((word) => /^(Linux|Darwin|Windows|Windows_\w+|Mac_OS_X|FreeBSD)\/(.+)$/.exec(word))
    .find(Boolean);
  if (platform) return named(platform[1], platform[2]);
  const go = /\(go([^;()]*); ([^;()]+); ([^;()]+)\)/.exec(text);
  if (go) return named(go[2]);
  const node = words.map((word) => /^(linux|darwin|win32)\/v\d/.exec(word)).find(Boolean);
  return node ? named(node[1]) : {};
}

function named(name: string, version = /\d+(\.\d+)+$/.exec(name)?.[0]): Partial<OracleAgent> {
  const lower = name.toLowerCase();
  const families: [boolean, string][] = [
    [lower === 'linux', 'Linux'],
    [lower.includes('windows') || lower === 'win32' || lower.startsWith('microsoft'), 'Windows'],
    [lower.startsWith('mac'), 'macOS'],
    [/^darwin([^a-z]|$)/.test(lower), 'Darwin'],
  ];
  const osName = families.find(([is]) => is)?.[1] ?? name;
  // These are versions of Darwin, not of macOS.
  const isKernel = osName === 'macOS' && /^(1[6-9]|2[0-5])(\D|$)/.test(version ?? '');
  return { osName, osVersion: isKernel ? null : (version ?? null) };
}
