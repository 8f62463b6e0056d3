/** Stops the servers of the integration tests and removes their data. */
import './global-setup.js';

export default async function globalTeardown(): Promise<void> {
  for (const call of globalThis.trailmillTestCleanup ?? []) await call();
}
