/** Stops the server of the integration tests and removes its data. */
import { rmSync } from 'node:fs';
import './global-setup.js';

export default async function globalTeardown(): Promise<void> {
  const running = globalThis.trailmillTestServer;
  if (!running) return;
  await running.server.stop();
  rmSync(running.projectDir, { recursive: true, force: true });
}
