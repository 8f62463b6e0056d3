/** The Temporal server of a chaos run: it is killed and restarted with the same data and ports. */
import { join } from 'node:path';
import { freePort } from '../../net/free-port.js';
import { type EmbeddedServer, startEmbeddedServer } from '../../server/embedded-server.js';

/** Preferred ports, away from the usual ones and those of other tests. */
const PORT = 37_233;
const UI_PORT = 38_233;

/** A Temporal server that is killed and restarted. */
export class ChaosServer {
  private constructor(
    private readonly binary: string,
    private readonly directory: string,
    private server: EmbeddedServer,
  ) {}

  static async start(binary: string, directory: string): Promise<ChaosServer> {
    const port = await freePort(PORT);
    return new ChaosServer(binary, directory, await launch(binary, directory, port, await freePort(UI_PORT, [port])));
  }

  get address(): string {
    return this.server.address;
  }

  async restart(): Promise<void> {
    const { address, uiUrl, pid, ended } = this.server;
    process.kill(pid, 'SIGKILL');
    await ended;
    this.server = await launch(this.binary, this.directory, portOf(address), portOf(uiUrl));
    if (this.server.address !== address)
      throw new Error(`The server restarted at ${this.server.address} instead of ${address}.`);
  }

  /** Kills the server: a graceful shutdown would take a second, and its data is no longer needed. */
  stop(): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL');
    return this.server.stop();
  }
}

function launch(binary: string, projectDir: string, port: number, uiPort: number): Promise<EmbeddedServer> {
  return startEmbeddedServer({
    binary,
    projectDir,
    database: join(projectDir, '.trailmill', 'temporal.db'),
    port,
    uiPort,
    namespace: 'default',
    log: () => {},
  });
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
