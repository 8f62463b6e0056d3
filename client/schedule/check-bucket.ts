/** Will the runs of a schedule find anything? By the configuration that the schedule has, not by the files of this directory. */
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
import { quietSignal } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';

/**
 * Throws a `UserMistake` where nothing of the bucket is what the schedule reads. The bucket and the warehouse need not be
 * reachable from here, where only the server is asked: then a remark says that nobody has looked.
 * @param range days that runs are due in; each looks some days back
 */
export async function checkBucket(
  { scheduleId, action }: ScheduleDescription,
  output: Output,
  range?: { from: string; to: string },
): Promise<void> {
  const [input] = (action.args ?? []) as [ScheduledIngestInput?];
  if (input === undefined) return;
  const signal = quietSignal();
  const days = range && { from: addDays(range.from, -input.lookBackDays), to: range.to };
  let own: Pick<RunContext, 'bucket' | 'config'>;
  let sources: SourcePrefix[];
  try {
    const place = splitRef(input.config);
    if (place === undefined) throw new UserMistake(`${input.config} is not the address of a run configuration.`);
    const config = await readWork(openStore(place.warehouse), place.key, RUN_CONFIG);
    own = { config, bucket: openStore(config.location) };
    // A schedule without a pattern has nothing to check but its days.
    if (days === undefined && config.keyPattern === undefined) return;
    sources = (await findSources(own, input.filter, signal)).sources;
  } catch (error) {
    if (!(error instanceof TrailmillError)) throw error;
    output.note(
      `Whether ${scheduleId} finds anything in the bucket cannot be seen from here: ${printable(error.message)}`,
    );
    return;
  }
  const remarks = await checkSelection(own, { filter: input.filter, range: days }, signal, { sources });
  for (const remark of remarks) output.note(printable(remark));
}
