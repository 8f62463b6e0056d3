/** `trailmill sample`: a CloudTrail bucket on disk that looks real. */
import { SingleBar } from 'cli-progress';
import { type SampleManifest, type SampleOptions, type SampleProgress, writeSample } from '../../sample/index.js';
import { normalizeAddress } from '../../storage/address.js';
import { openStore } from '../../storage/open.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { EXIT } from '../terminal/failure.js';
import type { Io } from '../terminal/io.js';
import { renderSample } from './render.js';

type SampleFlags = GlobalOptions & { out: string } & Pick<
    SampleOptions,
    'days' | 'accounts' | 'regions' | 'eventsPerHour' | 'seed'
  > & { organization?: boolean; trailChanges?: boolean };

/** Writes a sample bucket. */
export async function run({ io, output, options }: CommandContext<SampleFlags>): Promise<number> {
  const { out, days, accounts, regions, eventsPerHour, seed, organization, trailChanges } = options;
  const uri = normalizeAddress(out, io.cwd);
  const manifest = await withSampleProgress(io, output.json, (onProgress) =>
    writeSample(
      openStore(uri),
      {
        days,
        accounts,
        regions,
        eventsPerHour,
        seed,
        organization: organization === true,
        ...(trailChanges === true ? { trailChanges } : {}),
      },
      onProgress,
    ),
  );
  output.value({ location: uri, ...manifest });
  output.say(renderSample(out, manifest));
  return EXIT.ok;
}

/** Shows a progress bar on a terminal, and nothing in a pipe, where the summary is enough. */
export async function withSampleProgress(
  io: Io,
  silent: boolean,
  make: (onProgress: (progress: SampleProgress) => void) => Promise<SampleManifest>,
): Promise<SampleManifest> {
  if (silent || io.stderr.isTTY !== true) return make(() => {});
  const bar = new SingleBar({
    format: '  sample {bar} {percentage}%  {objects} files',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(1000, 0, { objects: 0 });
  try {
    return await make(({ done, objects }) => bar.update(Math.round(done * 1000), { objects }));
  } finally {
    bar.stop();
  }
}
