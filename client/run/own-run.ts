/** What commands that work in their own process have of a run: no server and no worker is asked. */

import type { Settings, SourceSettings } from '../../config/settings.js';
import { openCatalog } from '../../iceberg/open-catalog.js';
import { runConfigOf } from '../../run/config.js';
import type { RunContext } from '../../run/context.js';
import { openStore } from '../../storage/open.js';

/** Opened, and nothing asked of them yet: the bucket, the warehouse, the catalog. */
export function ownRun(settings: Settings, source: SourceSettings): RunContext {
  const config = runConfigOf(settings, source);
  const warehouse = openStore(source.warehouse);
  return { config, warehouse, bucket: openStore(source.location), catalog: openCatalog(source.catalog, warehouse) };
}
