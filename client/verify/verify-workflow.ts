/** A verification as a workflow: started or attached to, and followed. */
import type { Settings, SourceSettings } from '../../config/settings.js';
import { verifyId } from '../../protocol/ids.js';
import {
  VERIFY_STATUS,
  type VerifyInput,
  type VerifyRequest,
  type VerifyResult,
  type VerifyStatus,
} from '../../protocol/verify-messages.js';
import { runConfigOf } from '../../run/config.js';
import { counted } from '../../text/numbers.js';
import { aboutVerify } from '../../workflows/ui/about.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { followWork } from '../session/follow-workflow.js';
import { dayProgress } from '../terminal/day-progress.js';

/** Runs the verification as a workflow; `undefined` after Ctrl-C, which leaves it running. */
export function verifyOnServer(
  context: CommandContext<GlobalOptions>,
  settings: Settings,
  source: SourceSettings,
  request: VerifyRequest,
  { watch = false, quiet = false }: { watch?: boolean; quiet?: boolean },
): Promise<VerifyResult | undefined> {
  const { io, output } = context;
  const { from, to, filter } = request;
  const config = runConfigOf(settings, source);
  const progress = dayProgress(io, output, 'verify', { from, to });
  let shown = '';
  const onStatus = (status: VerifyStatus): void => {
    const { days, failures } = status;
    progress.show(days.done, counted(failures.count, 'failure'));
    const line = `${days.done} ${failures.count}`;
    if (!watch || line === shown) return;
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
    quiet,
    query: VERIFY_STATUS,
    onStatus,
    onEnd: () => progress.stop(),
  });
}
