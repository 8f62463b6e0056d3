/** How integration tests reach the Temporal server that the global setup started. */

/** Environment variables from the global setup to the test files, which run in other processes. */
export const ADDRESS = 'TRAILMILL_TEST_TEMPORAL_ADDRESS';
export const BINARY = 'TRAILMILL_TEST_TEMPORAL_BINARY';
export const UI = 'TRAILMILL_TEST_TEMPORAL_UI';

/** False only if no server is available outside CI: in CI, the setup fails instead. */
export function temporalAvailable(): boolean {
  return process.env[ADDRESS] !== undefined;
}

/** Like `describe`; skipped, with the reason in the name, if there is no server. */
export function describeWithTemporal(name: string, body: () => void): void {
  const { skip } = describe;
  if (temporalAvailable()) describe(name, body);
  else skip(`${name} (no Temporal server)`, body);
}

/** `host:port` of the shared server, namespace `default`. */
export function temporalAddress(): string {
  return required(ADDRESS);
}

/** `http://…` of the shared server's web UI. */
export function temporalUi(): string {
  return required(UI);
}

/** The server program, for tests that start and kill their own server. */
export function temporalBinary(): string {
  return required(BINARY);
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: put the test into describeWithTemporal.`);
  return value;
}
