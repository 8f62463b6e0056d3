/** From an entry of the SDK's log to one line: for a person, or as JSON for a program. */
import type { LogEntry } from '@temporalio/worker';
import type { LogFormat } from '../config/telemetry.js';
import { POLICY } from '../errors/index.js';
import { parseWorkflowId } from '../protocol/ids.js';
import { printable, printableJson } from '../text/printable.js';

/** Fields of the SDK that are of no use in a log, or that have another name there. */
const LEFT_OUT = new Set(['isLocal', 'taskToken', 'sdkComponent', 'workflowRunId', 'error', 'spanContexts', 'target']);

/** What a text line does not repeat: it is read beside the worker that it comes from. */
const NOT_IN_TEXT = new Set([
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

/** With its line break. Never throws: a log must not stop what it tells of. */
export function logLine(format: LogFormat, { level, message, timestampNanos, meta }: LogEntry): string {
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const { error, fields } = fieldsOf(meta ?? {});
  return format === 'json'
    ? jsonLine({ time, level, message, ...fields, error })
    : textLine(time, level, message, fields, error);
}

/** One JSON object and a line break. */
export function jsonLine(fields: { time: string; level: string; message: string } & Fields): string {
  try {
    return `${printableJson(JSON.stringify(fields, plain))}\n`;
  } catch {
    // A field that has itself in it.
    const { time, level, message } = fields;
    return `${printableJson(JSON.stringify({ time, level, message }))}\n`;
  }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Activities, workflows and the SDK's core have fields of their own; here they have one name each. */
function fieldsOf(meta: Fields): { error?: LoggedError; fields: Fields } {
  const kept = Object.fromEntries(Object.entries(meta).filter(([name]) => !LEFT_OUT.has(name)));
  const runId = meta.runId ?? meta.workflowRunId;
  const parts = typeof meta.workflowId === 'string' ? parseWorkflowId(meta.workflowId) : undefined;
  const error = meta.error === undefined ? {} : { error: errorOf(meta.error) };
  return { ...error, fields: { ...kept, ...(runId === undefined ? {} : { runId }), ...parts } };
}

interface LoggedError {
  type: string;
  /** The text of a Trailmill error, with its cure: see `describeError`. */
  message: string;
  /** Of a defect only: where an expected error was thrown says nothing to a reader. */
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
  // The id has them already.
  const inId = new Set(Object.keys(parseWorkflowId(String(workflowId)) ?? {}));
  const more = Object.entries(fields)
    .filter(([name, value]) => !NOT_IN_TEXT.has(name) && !inId.has(name) && value !== undefined)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value, plain)}`);
  const reason = error === undefined ? '' : `: ${error.message}`;
  // One line an entry, whatever names and errors are in it.
  return `${printable(`${time} ${level} ${message}${more.join('')}${place === '' ? '' : ` (${place})`}${reason}`)}\n`;
}
