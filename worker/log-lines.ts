/** Formats entries of the SDK's log as lines of text or JSON. */
import type { LogEntry } from '@temporalio/worker';
import type { LogFormat } from '../config/telemetry.js';
import { POLICY } from '../errors/index.js';
import { parseWorkflowId } from '../protocol/ids.js';
import { printable, printableJson } from '../text/printable.js';

/** Fields of the SDK that are not useful in a log, or that are logged under another name. */
const OMITTED = new Set(['isLocal', 'taskToken', 'sdkComponent', 'workflowRunId', 'error', 'spanContexts', 'target']);

/** Fields that text lines omit: they are part of the line in another form, or clear from the context. */
const OMITTED_IN_TEXT = new Set([
  'workflowId',
  'workflowType',
  'activityType',
  'attempt',
  'namespace',
  'taskQueue',
  'activityId',
  'runId',
]);

type Fields = Record<string, unknown>;

/** Formats an entry, with its line break. Never throws, because logging must not interrupt the work. */
export function logLine(format: LogFormat, { level, message, timestampNanos, meta }: LogEntry): string {
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const { error, fields } = fieldsOf(meta ?? {});
  return format === 'json'
    ? jsonLine({ time, level, message, ...fields, error })
    : textLine(time, level, message, fields, error);
}

/** Formats fields as one JSON object and a line break. Never throws. */
export function jsonLine(fields: { time: string; level: string; message: string } & Fields): string {
  try {
    return `${printableJson(JSON.stringify(fields, plain))}\n`;
  } catch {
    // A field has a circular reference.
    const { time, level, message } = fields;
    return `${printableJson(JSON.stringify({ time, level, message }))}\n`;
  }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Activities, workflows and the SDK's core use different field names; this maps them to common ones. */
function fieldsOf(meta: Fields): { error?: LoggedError; fields: Fields } {
  const kept = Object.fromEntries(Object.entries(meta).filter(([name]) => !OMITTED.has(name)));
  const runId = meta.runId ?? meta.workflowRunId;
  const parts = typeof meta.workflowId === 'string' ? parseWorkflowId(meta.workflowId) : undefined;
  const error = meta.error === undefined ? {} : { error: errorOf(meta.error) };
  return { ...error, fields: { ...kept, ...(runId === undefined ? {} : { runId }), ...parts } };
}

interface LoggedError {
  type: string;
  /** For a Trailmill error, this includes its cure: see `describeError`. */
  message: string;
  /** Only for defects: the stack of an expected error is not useful. */
  stack?: string;
}

function errorOf(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { type = error.name } = error as { type?: string | null };
  const known = type !== null && Object.hasOwn(POLICY, type);
  const { stack } = error.cause instanceof Error ? error.cause : error;
  return { type: type ?? error.name, message: error.message, ...(known || !stack ? {} : { stack }) };
}

function textLine(
  time: string,
  level: string,
  message: string,
  fields: Fields,
  error: LoggedError | undefined,
): string {
  const { activityType, workflowId, attempt } = fields;
  const about = [activityType, workflowId, attempt === undefined ? undefined : `attempt ${attempt}`];
  const place = about.filter(Boolean).join(' ');
  // The workflow id already contains these.
  const inId = new Set(Object.keys(parseWorkflowId(String(workflowId)) ?? {}));
  const more = Object.entries(fields)
    .filter(([name, value]) => !OMITTED_IN_TEXT.has(name) && !inId.has(name) && value !== undefined)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value, plain)}`);
  const reason = error === undefined ? '' : `: ${error.message}`;
  // One line per entry, even if names or errors contain line breaks.
  return `${printable(`${time} ${level} ${message}${more.join('')}${place === '' ? '' : ` (${place})`}${reason}`)}\n`;
}
