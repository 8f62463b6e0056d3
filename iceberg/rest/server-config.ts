/**
 * The server's configuration: `GET /v1/config`. Its defaults have lower precedence than our settings, its overrides higher.
 * Pure.
 */
import type { RestCatalogSettings } from './settings.js';

/** The configuration of a server, merged with ours. */
export interface ServerConfig {
  /** The URI for further requests. */
  uri: string;
  prefix?: string;
  headers: Readonly<Record<string, string>>;
  /** Defaults for the files of tables: `s3.endpoint`, `client.region` … */
  properties: Readonly<Record<string, string>>;
}

/** Prefix of the properties that define headers. */
const HEADER = 'header.';

/** Merges the server's response with the settings; `uri` is the validated one. */
export function serverConfigOf(
  response: Readonly<Record<string, unknown>>,
  settings: RestCatalogSettings,
  uri: string,
): ServerConfig {
  const defaults = textsOf(response.defaults);
  const overrides = textsOf(response.overrides);
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

/** The values of a JSON object as strings, without `null` and nested values; servers also send numbers. */
export function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  const pairs = Object.entries(value).filter(([, one]) => one !== null && typeof one !== 'object');
  return Object.fromEntries(pairs.map(([name, one]) => [name, String(one)]));
}
