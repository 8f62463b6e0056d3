/** The telemetry of `worker` and `dev`: log, metrics and health. */
import { telemetrySettings } from '../../config/telemetry.js';
import { freePort, LOOPBACK } from '../../net/free-port.js';
import { type HealthServer, startHealth } from '../../worker/health.js';
import { jsonLine } from '../../worker/log-lines.js';
import { startMetricsGate } from '../../worker/metrics-gate.js';
import { Readiness } from '../../worker/readiness.js';
import { installTelemetry, numericAddress } from '../../worker/telemetry.js';
import type { CommandContext } from '../session/context.js';
import type { TelemetryOptions } from './telemetry-options.js';

interface RunningTelemetry {
  readiness: Readiness;
  /** The addresses that it listens on. */
  addresses: { metrics?: string; health?: string };
  close(): Promise<void>;
}

/** Starts log, metrics and health as the options say. Must be called before the first connection is made. */
export async function startTelemetry({
  io,
  output,
  options,
}: CommandContext<TelemetryOptions>): Promise<RunningTelemetry> {
  const { log, metrics, health } = telemetrySettings(options, io.env);
  if (log.format === 'json') {
    output.writeNotesAs((message, level) => jsonLine({ time: new Date(io.now()).toISOString(), level, message }));
  }
  const exporter = metrics === undefined ? undefined : { host: LOOPBACK, port: await freePort(0) };
  const closeMetrics =
    metrics && exporter ? await startMetricsGate(await numericAddress(metrics), exporter) : undefined;
  installTelemetry(log.level, { format: log.format, metrics: exporter && `${exporter.host}:${exporter.port}` });
  const readiness = new Readiness();
  const server: HealthServer | undefined = health === undefined ? undefined : await startHealth(health, readiness);
  return {
    readiness,
    addresses: {
      ...(metrics === undefined ? {} : { metrics: `http://${metrics}/metrics` }),
      ...(health === undefined ? {} : { health: `http://${health}/readyz` }),
    },
    close: async () => {
      await Promise.all([server?.close(), closeMetrics?.()]);
    },
  };
}
