/** Configures the SDK's runtime, one per process: the log, and the address of the metrics. */
import { lookup } from 'node:dns/promises';
import { DefaultLogger, type LogLevel, Runtime } from '@temporalio/worker';
import { hostAndPort, type LogFormat } from '../config/telemetry.js';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { logLine } from './log-lines.js';

/** The log format, and the address of the metrics. */
export interface Telemetry {
  format?: LogFormat;
  /** `host:port` where /metrics is served for Prometheus; if absent, there are no metrics. */
  metrics?: string;
}

let installed = false;

/**
 * Installs the runtime. Must be called before the first connection or worker of the process; later calls do nothing. The log
 * goes to stderr, because stdout is for the output of commands. Throws `UserMistake` if the metrics cannot listen.
 */
export function installTelemetry(level: LogLevel, { format = 'text', metrics }: Telemetry = {}): void {
  if (installed) return;
  installed = true;
  const logger = new DefaultLogger(level, (entry) => process.stderr.write(logLine(format, entry)));
  const exporter = metrics === undefined ? undefined : prometheusOn(metrics);
  try {
    Runtime.install({
      logger,
      shutdownSignals: [],
      telemetryOptions: {
        // The core's own lines would have another format. Lines of its libraries only matter for debugging.
        logging: {
          forward: {},
          filter: { core: level === 'TRACE' || level === 'DEBUG' ? 'INFO' : 'WARN', other: 'ERROR' },
        },
        ...(exporter === undefined ? {} : { metrics: exporter }),
      },
    });
  } catch (error) {
    if (metrics === undefined) throw error;
    throw new UserMistake(
      `The metrics server cannot listen on ${metrics} (${(error as Error).message}).`,
      'Choose another address (--metrics, TRAILMILL_METRICS).',
      { cause: error },
    );
  }
}

/** Follows Prometheus naming conventions: counters end in _total, and durations are in seconds with the unit as a suffix. */
function prometheusOn(bindAddress: string) {
  return {
    attachServiceName: false,
    prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
  };
}

/**
 * Resolves the host of `host:port` to an IP address, so that messages show the address that is actually used. Throws
 * `UserMistake` if the host cannot be resolved.
 */
export async function numericAddress(address: string): Promise<string> {
  const { host, port } = hostAndPort(address);
  try {
    const found = await lookup(host);
    return found.family === 6 ? `[${found.address}]:${port}` : `${found.address}:${port}`;
  } catch (error) {
    throw new UserMistake(
      `The host of ${address} cannot be resolved (${systemCodeOf(error)}).`,
      'Use an address of this machine, for example 127.0.0.1 or 0.0.0.0.',
      { cause: error },
    );
  }
}
