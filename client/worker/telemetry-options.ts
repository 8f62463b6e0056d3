/** The telemetry options of commands that run a worker. */
import type { Command as Program } from 'commander';
import type { TelemetryFlags } from '../../config/telemetry.js';
import type { GlobalOptions } from '../session/context.js';

/** The options that {@link withTelemetry} defines. */
export type TelemetryOptions = GlobalOptions & TelemetryFlags;

/** Adds the telemetry options. Each also has an environment variable, which is easier to set in a container. */
export function withTelemetry(command: Program): Program {
  return command
    .option(
      '--log <format>',
      'the log on stderr: text, or json with one object per line (TRAILMILL_LOG; default: text)',
    )
    .option(
      '--log-level <level>',
      'trace, debug, info, warn or error (TRAILMILL_LOG_LEVEL; default: warn, and info with --log json)',
    )
    .option('--metrics <host:port>', 'serve /metrics for Prometheus on this address (TRAILMILL_METRICS; default: off)')
    .option('--health <host:port>', 'serve /healthz and /readyz on this address (TRAILMILL_HEALTH; default: off)');
}
