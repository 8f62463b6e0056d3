/** The SDK's runtime, one a process: where its log goes, and on which address its metrics and ours are. */
import { lookup } from 'node:dns/promises';
import { DefaultLogger, type LogLevel, Runtime } from '@temporalio/worker';
import { hostAndPort, type LogFormat } from '../config/telemetry.js';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { logLine } from './log-lines.js';

/** How logs are written, and where metrics are offered. */
export interface Telemetry {
  format?: LogFormat;
  /** `host:port` where Prometheus finds /metrics; absent: nothing is counted. */
  metrics?: string;
}

let installed = false;

/**
 * Must come before the first connection or worker of the process; later calls do nothing. The log is on stderr: stdout
 * belongs to the answers of commands.
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
        // The core would write lines of another form; those of its libraries matter only when debugging.
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
      `The metrics cannot listen on ${metrics} (${(error as Error).message}).`,
      'Give another address (--metrics, TRAILMILL_METRICS).',
      { cause: error },
    );
  }
}

/** As Prometheus wants names: counters end in _total, and durations are in seconds, and say so. */
function prometheusOn(bindAddress: string) {
  return {
    attachServiceName: false,
    prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
  };
}

/** `host:port` with the host as an IP address, so that the address in messages is the one that listens. Throws `UserMistake` for an unknown host. */
export async function numericAddress(address: string): Promise<string> {
  const { host, port } = hostAndPort(address);
  try {
    const found = await lookup(host);
    return found.family === 6 ? `[${found.address}]:${port}` : `${found.address}:${port}`;
  } catch (error) {
    throw new UserMistake(
      `The host of ${address} is unknown (${systemCodeOf(error)}).`,
      'Write an address of this machine, for example 127.0.0.1 or 0.0.0.0.',
      { cause: error },
    );
  }
}
