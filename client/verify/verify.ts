/** `trailmill verify`: verifies digests and log files as a workflow, and prints what failed and what is unproven. */
import { UserMistake } from '../../errors/index.js';
import { MOST_TRAILS, type VerifyRequest } from '../../protocol/verify-messages.js';
import { readWork } from '../../run/versioned.js';
import { openStore } from '../../storage/open.js';
import { nearest } from '../../text/nearest.js';
import { printable } from '../../text/printable.js';
import { assertDigestsKept, loadVerifiedTables } from '../../verify/context.js';
import { VERIFY_REPORT } from '../../verify/reports.js';
import type { RangeOptions } from '../options/range-options.js';
import { rangeRequest } from '../run/range-request.js';
import { checkSelection } from '../selection/check.js';
import type { CommandContext } from '../session/context.js';
import { EXIT } from '../terminal/failure.js';
import { neverAborted } from '../terminal/io.js';
import { type VerifyOptions, withKeys } from './keys.js';
import { renderVerify } from './render.js';
import { verifyOnServer } from './verify-workflow.js';

/** Verifies a range of days, or writes the evidence for one event. The exit code is 1 if anything failed. */
export async function run(context: CommandContext<VerifyOptions>): Promise<number> {
  const { event, out, from } = context.options;
  if (event !== undefined || out !== undefined) {
    if (event === undefined || out === undefined)
      throw new UserMistake('--event and --out must be used together.', 'Pass the id of an event and a new directory.');
    return (await import('./event.js')).writeEvidence(context, event, out);
  }
  if (from === undefined) {
    throw new UserMistake(
      '--from is missing.',
      'Pass the first and the last delivery day, --from YYYY-MM-DD --to YYYY-MM-DD; or --event ID --out DIR.',
    );
  }
  return verifyRange({ ...context, options: { ...context.options, from } });
}

async function verifyRange(context: CommandContext<VerifyOptions & RangeOptions>): Promise<number> {
  const { output, options } = context;
  const { range, settings, source, filter, run: opened } = await rangeRequest(context);
  assertDigestsKept(await loadVerifiedTables({ ...opened, signal: neverAborted() }), range.from);
  const remarks = await checkSelection(opened, { filter, range }, neverAborted());
  for (const remark of remarks) output.note(printable(remark));
  const { trail, recheck } = options;
  const request: VerifyRequest = {
    ...range,
    filter,
    ...(trail === undefined ? {} : { trail }),
    ...(recheck === undefined ? {} : { recheck: recheck === true ? 100 : recheck }),
  };
  const result = await verifyOnServer(context, settings, await withKeys(context, source), request, options);
  if (result === undefined) return EXIT.ok;
  assertTrail(trail, result.plan?.trails ?? []);
  const store = openStore(source.warehouse);
  const report = await readWork(store, result.report.slice(store.uri.length + 1), VERIFY_REPORT);
  const { plan } = result;
  const whole = { ...request, location: opened.bucket.uri, ...report, plan };
  if (options.watch !== true || !output.json) output.value(whole);
  else output.value({ type: 'report', ...whole });
  output.say(renderVerify(whole));
  return report.failures.count === 0 ? EXIT.ok : EXIT.failedWork;
}

/** Throws `UserMistake` if no digest is of the trail that was asked for: nothing was verified then. */
function assertTrail(trail: string | undefined, trails: readonly string[]): void {
  if (trail === undefined || trails.includes(trail) || trails.length === MOST_TRAILS) return;
  const known = trails.length === 0 ? 'No trail has digests' : `Trails with digests: ${trails.join(', ')}`;
  const closest = nearest(trail, trails);
  throw new UserMistake(
    `No digest of these days belongs to a trail "${trail}".`,
    `${known}.${closest === undefined ? '' : ` Did you mean ${closest}?`}`,
  );
}
