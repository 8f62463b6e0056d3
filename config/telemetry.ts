/** Logs, metrics and health checks of a worker: flags, then environment, then defaults. */
import { isIP } from 'node:net';
import { UserMistake } from '../errors/index.js';
import { hideUser } from '../text/hide-secrets.js';
import { nearest } from '../text/nearest.js';
import { ADDRESS, ADDRESS_ALLOWED } from './kinds.js';

const LOG_FORMATS = ['text', 'json'] as const;
/** How log lines are written. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** From most to least verbose. */
const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
type LogLevelName = (typeof LOG_LEVELS)[number];

interface TelemetrySettings {
  log: { format: LogFormat; level: LogLevelName };
  /** `host:port` of /metrics; absent: disabled. */
  metrics?: string;
  /** `host:port` of /healthz and /readyz; absent: disabled. */
  health?: string;
}

/** Telemetry flags of the command line; absent if not given. */
export interface TelemetryFlags {
  log?: string;
  logLevel?: string;
  metrics?: string;
  health?: string;
}

/**
 * At a terminal, only what needs attention is logged: the progress of a run is in `backfill status` and in the UI. JSON lines
 * are stored and searched by other programs, so every batch and every commit is logged.
 */
const DEFAULT_LEVEL: Readonly<Record<LogFormat, LogLevelName>> = { text: 'WARN', json: 'INFO' };

/** Reads the telemetry settings. Throws `UserMistake` for an unknown word or an invalid address. */
export function telemetrySettings(flags: TelemetryFlags, env: NodeJS.ProcessEnv): TelemetrySettings {
  const format = oneOf(LOG_FORMATS, givenValue('--log', flags.log, 'TRAILMILL_LOG', env)) ?? 'text';
  const level = oneOf(LOG_LEVELS, givenValue('--log-level', flags.logLevel, 'TRAILMILL_LOG_LEVEL', env));
  const metrics = addressOf(givenValue('--metrics', flags.metrics, 'TRAILMILL_METRICS', env));
  const health = addressOf(givenValue('--health', flags.health, 'TRAILMILL_HEALTH', env));
  if (metrics !== undefined && metrics === health) {
    throw new UserMistake(
      `Metrics and health cannot both listen on ${metrics}.`,
      'Use a different port for each (--metrics, --health).',
    );
  }
  return { log: { format, level: level ?? DEFAULT_LEVEL[format] }, metrics, health };
}

interface GivenValue {
  /** The flag or the variable. */
  where: string;
  text: string;
}

/** An empty variable counts as not set. */
function givenValue(
  flag: string,
  value: string | undefined,
  variable: string,
  env: NodeJS.ProcessEnv,
): GivenValue | undefined {
  if (value !== undefined) return { where: flag, text: value };
  return env[variable] ? { where: variable, text: env[variable] } : undefined;
}

function oneOf<Word extends string>(words: readonly Word[], given: GivenValue | undefined): Word | undefined {
  if (given === undefined) return undefined;
  const known = words.find((word) => word.toLowerCase() === given.text.trim().toLowerCase());
  if (known !== undefined) return known;
  const allowed = words.map((word) => word.toLowerCase());
  const meant = nearest(given.text.toLowerCase(), allowed);
  throw new UserMistake(
    `${given.where} is ${JSON.stringify(given.text)}.`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}Allowed: ${allowed.join(', ')}.`,
  );
}

function addressOf(given: GivenValue | undefined): string | undefined {
  if (given === undefined) return undefined;
  const { host, port } = hostAndPort(given.text);
  if (ADDRESS.test(given.text) && port >= 1 && port <= 65_535 && (!host.includes(':') || isIP(host) === 6))
    return given.text;
  throw new UserMistake(
    `${given.where} is ${hideUser(JSON.stringify(given.text))}.`,
    `Allowed: ${ADDRESS_ALLOWED}, with a port from 1 to 65535. For example 127.0.0.1:9464; with 0.0.0.0 it listens on all interfaces.`,
  );
}

/** Splits an address: `[::1]:80` into `::1` and 80. */
export function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
