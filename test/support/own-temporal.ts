/** A separate Temporal server for a test, which may stop and restart it. */
import { join } from 'node:path';
import { type EmbeddedServer, startEmbeddedServer } from '../../server/embedded-server';
import { temporalBinary } from './temporal';

/** Its data is in `projectDir`, and is available again after a restart. `port` 0: any. */
export function startOwnTemporal(projectDir: string, port: number): Promise<EmbeddedServer> {
  return startEmbeddedServer({
    binary: temporalBinary(),
    projectDir,
    database: join(projectDir, 'temporal.db'),
    port,
    uiPort: 0,
    namespace: 'default',
    log: () => {},
  });
}
