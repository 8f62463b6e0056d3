/** A Temporal server of a test's own, which it may stop and start again. */
import { join } from 'node:path';
import { type EmbeddedServer, startEmbeddedServer } from '../../server/embedded-server';
import { temporalBinary } from './temporal';

/** Its data are in `projectDir`, and are there again at the next start. `port` 0: any. */
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
