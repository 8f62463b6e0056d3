/** Checks whether the runs of a schedule will find files, with the configuration in the schedule, not with the files on disk. */
import type { ScheduleDescription } from '@temporalio/client';
import type { SourcePrefix } from '../../cloudtrail/object-key.js';
import { TrailmillError, UserMistake } from '../../errors/index.js';
import { findSources } from '../../plan/find-sources.js';
import { addDays } from '../../protocol/days.js';
import { splitRef } from '../../run/config.js';
import { RUN_CONFIG } from '../../run/config-schema.js';
import type { RunContext } from '../../run/context.js';
import { readWork } from '../../run/versioned.js';
import { openStore } from '../../storage/open.js';
import { printable } from '../../text/printable.js';
import type { ScheduledIngestInput } from '../../workflows/scheduled-ingest.js';
import { checkSelection } from '../selection/check.js';
import { neverAborted } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';

/**
 * Throws a `UserMistake` if the bucket has nothing that the schedule reads. The bucket and the warehouse need not be reachable
 * from this machine, because the command itself needs only the server: if they are not, a note says that the check was skipped.
 * @param range days on which runs are due; each run looks some days back
 */
export async function checkBucket(
  { scheduleId, action }: ScheduleDescription,
  output: Output,
  range?: { from: string; to: string },
): Promise<void> {
  const [input] = (action.args ?? []) as [ScheduledIngestInput?];
  if (input === undefined) return;
  const signal = neverAborted();
  const days = range && { from: addDays(range.from, -input.lookBackDays), to: range.to };
  let runContext: Pick<RunContext, 'bucket' | 'config'>;
  let sources: SourcePrefix[];
  try {
    const place = splitRef(input.config);
    if (place === undefined) throw new UserMistake(`${input.config} is not the address of a run configuration.`);
    const config = await readWork(openStore(place.warehouse), place.key, RUN_CONFIG);
    runContext = { config, bucket: openStore(config.location) };
    // For a schedule without a pattern, only the days can be checked.
    if (days === undefined && config.keyPattern === undefined) return;
    sources = (await findSources(runContext, input.filter, signal)).sources;
  } catch (error) {
    if (!(error instanceof TrailmillError)) throw error;
    output.note(
      `Cannot check from this machine whether ${scheduleId} finds files in the bucket: ${printable(error.message)}`,
    );
    return;
  }
  const remarks = await checkSelection(runContext, { filter: input.filter, range: days }, signal, { sources });
  for (const remark of remarks) output.note(printable(remark));
}
