/** An audit as a workflow: started or attached to, followed, and its report fetched. */
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { AUDIT_REPORT, type StoredAuditReport } from '../../audit/stored-report.js';
import type { Settings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { AUDIT_STATUS, type AuditInput, type AuditResult, type AuditStatus } from '../../protocol/audit-messages.js';
import { auditId } from '../../protocol/ids.js';
import type { SourceFilter, Visibility } from '../../protocol/messages.js';
import { attributesOf } from '../../protocol/search-attributes.js';
import { type RunConfig, writeRunConfig } from '../../run/config.js';
import { readWork } from '../../run/versioned.js';
import { withoutOptions } from '../../storage/address.js';
import { openStore } from '../../storage/open.js';
import { aboutAudit } from '../../workflows/ui/about.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { hasWorker } from '../session/pollers.js';
import { type ClusterSession, QUERY_TIMEOUT_MS, withSession, workflowUrl } from '../session/session.js';
import { noteUnregistered, visibilityOf } from '../setup/search-attributes.js';
import { WorkFailed } from '../terminal/failure.js';
import { pause, withInterrupt } from '../terminal/io.js';
import { auditProgress } from './audit-progress.js';

/** The type name of the workflow. */
const AUDIT_TYPE = 'audit';

const INTERVAL_MS = 1_000;

/** Runs the audit as a workflow and returns its report; `undefined` after Ctrl-C, which leaves the audit running. */
export function auditOnServer(
  { io, output }: CommandContext<GlobalOptions>,
  settings: Settings,
  config: RunConfig,
  warehouse: string,
  range: { from: string; to: string },
  filter: SourceFilter,
): Promise<StoredAuditReport | undefined> {
  return withSession(settings, async (session) => {
    const { cluster } = session;
    const visibility = await visibilityOf(cluster);
    noteUnregistered(output, cluster.namespace, visibility);
    const { handle, attached } = await start(session, settings, config, warehouse, range, filter, visibility);
    const ui = workflowUrl(cluster, handle.workflowId);
    const what = attached
      ? `${handle.workflowId} is already running: attached to it.`
      : `Started ${handle.workflowId}.`;
    output.note(ui === null ? what : `${what}\n  UI  ${ui}`);
    if (!(await hasWorker(cluster, io.now())))
      output.note(`No worker polls the task queue ${cluster.taskQueue}, so nothing happens yet.`);
    const progress = auditProgress(io, output, range);
    return withInterrupt(io, async (signal) => {
      const ending = handle.result();
      // It is awaited below; until then, a rejection must not end the process.
      const ended = ending.then(
        () => true,
        () => true,
      );
      try {
        while (!signal.aborted) {
          if (await Promise.race([ended, pause(INTERVAL_MS, signal).then(() => false)])) break;
          const status = await statusOf(session, handle);
          if (status !== undefined) progress.show(status.days.done, status.differences.count);
        }
      } finally {
        progress.stop();
      }
      if (signal.aborted) {
        output.note(`\nThe audit continues without this terminal: ${handle.workflowId}`);
        return undefined;
      }
      const { report } = await ending.catch((error: unknown) => {
        throw new WorkFailed(`The audit did not complete: ${rootMessage(error)}`);
      });
      const store = openStore(warehouse);
      return readWork(store, report.slice(store.uri.length + 1), AUDIT_REPORT);
    });
  });
}

type AuditHandle = WorkflowHandle<(input: AuditInput) => Promise<AuditResult>>;

async function start(
  { client, cluster }: ClusterSession,
  settings: Settings,
  config: RunConfig,
  warehouse: string,
  range: { from: string; to: string },
  filter: SourceFilter,
  visibility: Visibility,
): Promise<{ handle: AuditHandle; attached: boolean }> {
  const { source, location, keyPrefix } = config;
  const workflowId = auditId(source, range.from, range.to, filter);
  const ref = await writeRunConfig(openStore(warehouse), config, warehouse);
  const input: AuditInput = { source, config: ref, ...range, filter, retry: settings.retry, visibility };
  try {
    const handle = await client.workflow.start<(input: AuditInput) => Promise<AuditResult>>(AUDIT_TYPE, {
      workflowId,
      taskQueue: cluster.taskQueue,
      args: [input],
      staticSummary: `Bucket = ledger = tables, ${range.from} to ${range.to}`,
      staticDetails: aboutAudit(range, withoutOptions(location), withoutOptions(warehouse)),
      memo: { ...range, location, keyPrefix, warehouse, ...filter, version: visibility.version },
      ...(visibility.searchable ? { typedSearchAttributes: attributesOf(input) } : {}),
    });
    return { handle, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const handle: AuditHandle = client.workflow.getHandle(workflowId);
    const { memo } = await handle.describe();
    for (const [name, value] of Object.entries({ location, keyPrefix, warehouse })) {
      if (memo?.[name] === value) continue;
      throw new UserMistake(
        `${workflowId} is already running with a different ${name}: "${String(memo?.[name])}" instead of "${value}".`,
        'Wait until it has ended, or omit --workflow.',
      );
    }
    return { handle, attached: true };
  }
}

/** The status from the workflow's query; `undefined` if no worker responds. */
async function statusOf({ client }: ClusterSession, handle: AuditHandle): Promise<AuditStatus | undefined> {
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      handle.query<AuditStatus>(AUDIT_STATUS),
    );
  } catch {
    return undefined;
  }
}

function rootMessage(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? at.message : String(at);
}
