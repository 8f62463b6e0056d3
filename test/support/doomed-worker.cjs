/** A worker process, of what was built, that kills itself without a word when it is about to read a certain file of the bucket. */
const { NativeConnection } = require('@temporalio/worker');
const { WORKER } = require('../../dist/config/defaults.js');
const { openStore } = require('../../dist/storage/open.js');
const { startWorker } = require('../../dist/worker/run-worker.js');
const { installTelemetry } = require('../../dist/worker/telemetry.js');

const [address, taskQueue, fatal, warehouse] = process.argv.slice(2);

/** The same store, but for one key. */
function doomed(store) {
  const get = (key, options) => {
    if (key.includes(fatal)) process.kill(process.pid, 'SIGKILL');
    return store.get(key, options);
  };
  // Without its directory, whose files decoder threads read without the store.
  return Object.assign(Object.create(store), { directory: undefined, get });
}

async function main() {
  installTelemetry('ERROR');
  await startWorker({
    connection: await NativeConnection.connect({ address }),
    namespace: 'default',
    taskQueue,
    accepted: { warehouses: [warehouse], files: [] },
    settings: { ...WORKER, threads: 1, shutdownGraceSeconds: 1, storageTimeoutSeconds: 60 },
    open: (uri) => doomed(openStore(uri)),
  });
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
