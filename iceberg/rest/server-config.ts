/** What the server says of itself: `GET /v1/config`. Its defaults lie below our settings, its overrides above them. Pure. */
import type { RestCatalogSettings } from './settings.js';

/** The configuration of a server, merged with ours. */
export interface ServerConfig {
  /** Where requests go from now on. */
  uri: string;
  prefix?: string;
  headers: Readonly<Record<string, string>>;
  /** For the files of tables that say nothing of their own: `s3.endpoint`, `client.region` … */
  properties: Readonly<Record<string, string>>;
}

/** Properties of the protocol that hold headers begin with this. */
const HEADER = 'header.';

/** Merges the answer with the settings; `uri` is the checked one. */
export function serverConfigOf(
  answer: Readonly<Record<string, unknown>>,
  settings: RestCatalogSettings,
  uri: string,
): ServerConfig {
  const defaults = textsOf(answer.defaults);
  const overrides = textsOf(answer.overrides);
  const properties = { ...defaults, ...overrides };
  const headers = Object.entries(properties)
    .filter(([name]) => name.startsWith(HEADER))
    .map(([name, value]) => [name.slice(HEADER.length), value]);
  const prefix = overrides.prefix ?? settings.prefix ?? defaults.prefix;
  return {
    uri: (overrides.uri ?? uri).replace(/\/+$/, ''),
    ...(prefix ? { prefix } : {}),
    headers: { ...Object.fromEntries(headers), ...settings.headers },
    properties,
  };
}

/** The texts of a map; servers put in `null` and numbers too. */
export function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  const pairs = Object.entries(value).filter(([, one]) => one !== null && typeof one !== 'object');
  return Object.fromEntries(pairs.map(([name, one]) => [name, String(one)]));
}
