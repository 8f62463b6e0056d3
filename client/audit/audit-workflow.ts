/** An audit as a workflow: started or attached to, followed, and its report fetched. */
import { AUDIT_REPORT, type StoredAuditReport } from '../../audit/stored-report.js';
import type { Settings } from '../../config/settings.js';
import { AUDIT_STATUS, type AuditInput, type AuditResult, type AuditStatus } from '../../protocol/audit-messages.js';
import { auditId } from '../../protocol/ids.js';
import type { SourceFilter } from '../../protocol/messages.js';
import type { RunConfig } from '../../run/config.js';
import { readWork } from '../../run/versioned.js';
import { openStore } from '../../storage/open.js';
import { counted } from '../../text/numbers.js';
import { aboutAudit } from '../../workflows/ui/about.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { followWork } from '../session/follow-workflow.js';
import { dayProgress } from '../terminal/day-progress.js';

/** Runs the audit as a workflow and returns its report; `undefined` after Ctrl-C, which leaves the audit running. */
export async function auditOnServer(
  context: CommandContext<GlobalOptions>,
  settings: Settings,
  config: RunConfig,
  warehouse: string,
  range: { from: string; to: string },
  filter: SourceFilter,
): Promise<StoredAuditReport | undefined> {
  const { source } = config;
  const progress = dayProgress(context.io, context.output, 'audit', range);
  const result = await followWork<AuditInput, AuditStatus, AuditResult>(context, settings, config, warehouse, {
    type: 'audit',
    name: 'audit',
    workflowId: auditId(source, range.from, range.to, filter),
    range,
    inputOf: (ref, visibility) => ({ source, config: ref, ...range, filter, retry: settings.retry, visibility }),
    summary: `Bucket = ledger = tables, ${range.from} to ${range.to}`,
    detailsOf: (location, at) => aboutAudit(range, location, at),
    memo: { ...filter },
    query: AUDIT_STATUS,
    onStatus: ({ days, differences }) => progress.show(days.done, counted(differences.count, 'difference')),
    onEnd: () => progress.stop(),
  });
  if (result === undefined) return undefined;
  const store = openStore(warehouse);
  return readWork(store, result.report.slice(store.uri.length + 1), AUDIT_REPORT);
}
