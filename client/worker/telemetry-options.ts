/** The options of commands that run a worker: what it tells of itself. */
import type { Command as Program } from 'commander';
import type { TelemetryFlags } from '../../config/telemetry.js';
import type { GlobalOptions } from '../session/context.js';

/** The options that {@link withTelemetry} defines. */
export type TelemetryOptions = GlobalOptions & TelemetryFlags;

/** Each has its environment variable too: in a container that is easier to set. */
export function withTelemetry(command: Program): Program {
  return command
    .option('--log <format>', 'the log on stderr: text, or json with an object a line (TRAILMILL_LOG; default: text)')
    .option(
      '--log-level <level>',
      'trace, debug, info, warn or error (TRAILMILL_LOG_LEVEL; default: warn, and info with --log json)',
    )
    .option('--metrics <host:port>', 'serve /metrics for Prometheus there (TRAILMILL_METRICS; default: nowhere)')
    .option('--health <host:port>', 'serve /healthz and /readyz there (TRAILMILL_HEALTH; default: nowhere)');
}
