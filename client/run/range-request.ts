/** What `audit`, `backfill start` and `plan` have in common: a filtered range of delivery days of the configured source. */
import type { DateRange } from '../../cloudtrail/stray-files.js';
import type { Settings, SourceSettings } from '../../config/settings.js';
import type { SourceFilter } from '../../protocol/messages.js';
import type { RunContext } from '../../run/context.js';
import { printable } from '../../text/printable.js';
import { regionNotes } from '../options/arguments.js';
import { parseRange, understoodDays } from '../options/days.js';
import type { RangeOptions } from '../options/range-options.js';
import type { CommandContext } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { openRun, readableSource } from './source.js';

/** A range of delivery days, with everything that a command needs to read it. */
export interface RangeRequest {
  /** Delivery days, `YYYY-MM-DD`, both inclusive. */
  range: DateRange;
  settings: Settings;
  source: SourceSettings;
  filter: SourceFilter;
  run: RunContext;
}

/**
 * Reads the options and the settings of a command over a range of days, and prints notes about unlisted regions. Throws
 * `UserMistake` if the range or the settings are not valid, or if the location cannot be listed or has no CloudTrail files.
 */
export async function rangeRequest(context: CommandContext<RangeOptions>): Promise<RangeRequest> {
  const { io, output, options } = context;
  const range = parseRange(options.from, options.to, io.now());
  const understood = understoodDays(options, range);
  if (understood !== undefined) output.note(understood);
  const settings = settingsFor(context);
  const source = await readableSource(settings);
  const filter = filterOf(options);
  for (const note of regionNotes(options.region)) output.note(printable(note));
  return { range, settings, source, filter, run: openRun(settings, source) };
}

/** The filter of a run. An empty list is omitted, because it selects everything. */
function filterOf(options: Pick<RangeOptions, 'account' | 'region' | 'kind'>): SourceFilter {
  const { account: accounts, region: regions, kind: kinds } = options;
  return {
    ...(accounts?.length ? { accounts } : {}),
    ...(regions?.length ? { regions } : {}),
    ...(kinds?.length ? { kinds } : {}),
  };
}
