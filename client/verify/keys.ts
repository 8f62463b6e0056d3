/** The options of `trailmill verify`, and the public keys that they name. */
import { resolve } from 'node:path';
import type { SourceSettings } from '../../config/settings.js';
import { storeKeysOfFolder } from '../../run/key-store.js';
import { openStore } from '../../storage/open.js';
import type { RangeOptions } from '../options/range-options.js';
import type { CommandContext } from '../session/context.js';

/** The options of the command. */
export interface VerifyOptions extends Omit<RangeOptions, 'from' | 'to' | 'kind'> {
  from?: string;
  to?: string;
  trail?: string;
  /** `true`: all objects. */
  recheck?: number | true;
  keys?: string;
  watch?: boolean;
  event?: string;
  out?: string;
}

/** Stores the keys of the configured folder, or of `--keys`, in the warehouse. With a folder, CloudTrail is not asked. */
export async function withKeys(
  { io, options: { keys } }: CommandContext<VerifyOptions>,
  source: SourceSettings,
): Promise<SourceSettings> {
  const folder = keys === undefined ? source.integrity.keys : { directory: resolve(io.cwd, keys), place: '--keys' };
  if (folder === undefined) return source;
  await storeKeysOfFolder(openStore(source.warehouse), folder, Date.now());
  return { ...source, integrity: { ...source.integrity, keys: folder } };
}
