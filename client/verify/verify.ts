/** `trailmill verify`: verifies digests and log files as a workflow, and prints what failed and what is unproven. */
import type { Settings, SourceSettings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { verifyId } from '../../protocol/ids.js';
import {
  VERIFY_STATUS,
  type VerifyInput,
  type VerifyRequest,
  type VerifyResult,
  type VerifyStatus,
} from '../../protocol/verify-messages.js';
import { runConfigOf } from '../../run/config.js';
import { readWork } from '../../run/versioned.js';
import { openStore } from '../../storage/open.js';
import { counted } from '../../text/numbers.js';
import { loadVerifiedTables } from '../../verify/context.js';
import { VERIFY_REPORT } from '../../verify/reports.js';
import { aboutVerify } from '../../workflows/ui/about.js';
import type { RangeOptions } from '../options/range-options.js';
import { rangeRequest } from '../run/range-request.js';
import type { CommandContext } from '../session/context.js';
import { followWork } from '../session/follow-workflow.js';
import { dayProgress } from '../terminal/day-progress.js';
import { EXIT } from '../terminal/failure.js';
import { neverAborted } from '../terminal/io.js';
import { type VerifyOptions, withKeys } from './keys.js';
import { renderVerify } from './render.js';

/** Verifies a range of days, or writes the evidence for one event. The exit code is 1 if anything failed. */
export async function run(context: CommandContext<VerifyOptions>): Promise<number> {
  const { event, out, from, to } = context.options;
  if (event !== undefined || out !== undefined) {
    if (event === undefined || out === undefined)
      throw new UserMistake('--event and --out belong together.', 'Pass the id of an event and a new directory.');
    return (await import('./event.js')).writeEvidence(context, event, out);
  }
  if (from === undefined || to === undefined) {
    throw new UserMistake(
      `--${from === undefined ? 'from' : 'to'} is missing.`,
      'Pass the first and the last delivery day, --from YYYY-MM-DD --to YYYY-MM-DD; or --event ID --out DIR.',
    );
  }
  return verifyRange({ ...context, options: { ...context.options, from, to } });
}

async function verifyRange(context: CommandContext<VerifyOptions & RangeOptions>): Promise<number> {
  const { output, options } = context;
  const { range, settings, source, filter, run: opened } = await rangeRequest(context);
  await loadVerifiedTables({ ...opened, signal: neverAborted() });
  const { trail, recheck } = options;
  const request: VerifyRequest = {
    ...range,
    filter,
    ...(trail === undefined ? {} : { trail }),
    ...(recheck === undefined ? {} : { recheck: recheck === true ? 100 : recheck }),
  };
  const result = await onServer(context, settings, await withKeys(context, source), request);
  if (result === undefined) return EXIT.ok;
  const store = openStore(source.warehouse);
  const report = await readWork(store, result.report.slice(store.uri.length + 1), VERIFY_REPORT);
  const { plan } = result;
  const whole = { ...request, location: opened.bucket.uri, ...report, plan };
  if (options.watch !== true || !output.json) output.value(whole);
  else output.value({ type: 'report', ...whole });
  output.say(renderVerify(whole));
  return report.failures.count === 0 ? EXIT.ok : EXIT.failedWork;
}

function onServer(
  context: CommandContext<VerifyOptions>,
  settings: Settings,
  source: SourceSettings,
  request: VerifyRequest,
): Promise<VerifyResult | undefined> {
  const { io, output, options } = context;
  const { from, to, filter } = request;
  const config = runConfigOf(settings, source);
  const progress = dayProgress(io, output, 'verify', { from, to });
  let shown = '';
  const onStatus = (status: VerifyStatus): void => {
    const { days, failures } = status;
    progress.show(days.done, counted(failures.count, 'failure'));
    const line = `${days.done} ${failures.count}`;
    if (options.watch !== true || line === shown) return;
    shown = line;
    if (output.json) output.value({ type: 'progress', ...status });
    else if (io.stderr.isTTY !== true)
      output.note(`${days.done} of ${counted(days.total, 'day')} verified, ${counted(failures.count, 'failure')}`);
  };
  return followWork<VerifyInput, VerifyStatus, VerifyResult>(context, settings, config, source.warehouse, {
    type: 'verify',
    name: 'verification',
    workflowId: verifyId(config.source, request),
    range: { from, to },
    inputOf: (ref, visibility) => ({
      ...request,
      source: config.source,
      config: ref,
      retry: settings.retry,
      visibility,
    }),
    summary: `Digests and log files, ${from} to ${to}`,
    detailsOf: (location, warehouse) => aboutVerify({ from, to }, location, warehouse),
    memo: { ...filter },
    query: VERIFY_STATUS,
    onStatus,
    onEnd: () => progress.stop(),
  });
}
