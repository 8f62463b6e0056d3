/** What the Temporal SDK says, one line an entry, on stderr: stdout belongs to the answers of commands. */
import { DefaultLogger, type LogLevel, Runtime } from '@temporalio/worker';

let installed = false;

/** Must come before the first connection or worker of the process; later calls do nothing. */
export function installLogging(level: LogLevel): void {
  if (installed) return;
  installed = true;
  const logger = new DefaultLogger(level, ({ level: at, message, timestampNanos, meta }) => {
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    const { activityType, workflowId, attempt, error } = (meta ?? {}) as Record<string, unknown>;
    const about = [activityType, workflowId, attempt === undefined ? undefined : `attempt ${attempt}`]
      .filter(Boolean)
      .join(' ');
    const reason = error instanceof Error ? `: ${error.message}` : '';
    process.stderr.write(`${time} ${at} ${message}${about === '' ? '' : ` (${about})`}${reason}\n`);
  });
  Runtime.install({ logger, shutdownSignals: [] });
}
