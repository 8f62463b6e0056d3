/** The workflow `upkeep`: retention, expiry, compaction and removal of unused files, one table after the other. */
import { continueAsNew, patched, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { WorkflowStatus } from '../protocol/search-attributes.js';
import {
  addFiles,
  addTidied,
  type CompactedDays,
  type TableUpkeep,
  type UpkeepInput,
  type UpkeepProgress,
  type UpkeepResult,
  type UpkeepStatus,
  untouched,
  upkeepStatusQuery,
} from '../protocol/upkeep-messages.js';
import { activitiesOf } from './activity-options.js';
import { withStatusAttribute } from './status-attribute.js';
import { upkeepDetails } from './ui/upkeep-details.js';

/** Histories without this patch expire snapshots only after compaction. */
const EXPIRE_FIRST = 'expire snapshots before compaction';

/** Returns what was done. Days that other writers changed at the same time are left for the next upkeep, and counted. */
export function upkeep(input: UpkeepInput): Promise<UpkeepResult> {
  return withStatusAttribute(input, (setStatus) => keepUp(input, setStatus));
}

async function keepUp(input: UpkeepInput, setStatus: (status: WorkflowStatus) => void): Promise<UpkeepResult> {
  const { config, from, to, dryRun } = input;
  const state: UpkeepProgress = input.carried ?? { startedAt: Date.now(), done: [], daysLeft: 0 };
  const status = (): UpkeepStatus => {
    const { startedAt, tables = [], done, daysLeft } = state;
    return { from, to, dryRun, startedAt, tables: tables.length, done, daysLeft };
  };
  const show = (): void => setCurrentDetails(upkeepDetails(status()));
  setHandler(upkeepStatusQuery, status);
  show();
  setStatus('running');

  const { planning, auditing } = activitiesOf(input.retry);
  state.tables ??= await planning.findTables({ config, dryRun });
  for (let at = Math.max(0, state.done.length - 1); at < state.tables.length; at++) {
    const table = state.tables[at];
    const call = { config, table, from, to, dryRun };
    const change = (changed: Partial<TableUpkeep>): void => {
      state.done[at] = { ...state.done[at], ...changed };
      show();
    };
    if (state.done[at] === undefined) {
      change(untouched(table));
      change({ dropped: await auditing.dropOldDays.executeWithOptions({ summary: `retention of ${table}` }, [call]) });
      // Each compacted day writes the metadata of the table again, which is small without old snapshots.
      if (!dryRun && patched(EXPIRE_FIRST))
        change(await auditing.expireTable.executeWithOptions({ summary: `expire snapshots of ${table}` }, [call]));
    }
    const { groups } = await planning.findDays({ ...call, after: state.after });
    for (const days of groups) {
      state.daysLeft = groups.slice(groups.indexOf(days)).flat().length;
      show();
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof upkeep>({ ...input, carried: state });
      const summary = `compact ${days[0]}${days.length > 1 ? ` to ${days[days.length - 1]}` : ''} of ${table}`;
      const found = await auditing.compactDays.executeWithOptions({ summary }, [{ ...call, days }]);
      change(addCompacted(state.done[at], found));
      state.after = days[days.length - 1];
    }
    state.daysLeft = 0;
    state.after = undefined;
    const tidied = await auditing.tidyTable.executeWithOptions({ summary: `clean up ${table}` }, [call]);
    change(addTidied(state.done[at], tidied));
  }
  const workArea = await auditing.tidyWorkArea({ config, dryRun });
  return { ...status(), workArea };
}

function addCompacted({ compacted: one, postponed }: TableUpkeep, { compacted: two, postponed: more }: CompactedDays) {
  return {
    compacted: {
      days: one.days + two.days,
      before: addFiles(one.before, two.before),
      after: addFiles(one.after, two.after),
    },
    postponed: postponed + more,
  };
}
