/** A worker process that kills itself, without a word, when it is about to read a certain file of the bucket. */
import { NativeConnection } from '@temporalio/worker';
import { WORKER } from '../../config/defaults';
import type { ObjectStore } from '../../storage/object-store';
import { openStore } from '../../storage/open';
import { startWorker } from '../../worker/run-worker';
import { installTelemetry } from '../../worker/telemetry';

const [address, taskQueue, fatal, warehouse] = process.argv.slice(2);

/** The same store, but for one key. */
function doomed(store: ObjectStore): ObjectStore {
  const get: ObjectStore['get'] = (key, options) => {
    if (key.includes(fatal)) process.kill(process.pid, 'SIGKILL');
    return store.get(key, options);
  };
  return Object.assign(Object.create(store) as ObjectStore, { get });
}

async function main(): Promise<void> {
  installTelemetry('ERROR');
  await startWorker({
    connection: await NativeConnection.connect({ address }),
    namespace: 'default',
    taskQueue,
    accepted: { warehouses: [warehouse], files: [] },
    settings: {
      ...WORKER,
      threads: 1,
      shutdownGraceSeconds: 1,
      storageTimeoutSeconds: 60,
    },
    open: (uri) => doomed(openStore(uri)),
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
