/** The S3 server and the REST catalog that the runs of one command share. Each is started when a run needs it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findRestCatalog, type RestCatalog, startRestCatalog } from '../servers/rest-catalog.js';
import { createBuckets, rootEnvironment, type S3Server, startS3Server } from '../servers/s3-server.js';
import { findVersitygw } from '../servers/versitygw.js';

/** The bucket with the tables of the REST catalog. */
export const LAKE = 'lake';

/** The servers that all runs share. */
export class SharedServers {
  private s3Server: Promise<S3Server> | undefined;
  private catalog: Promise<RestCatalog> | undefined;

  /** @param directory directory for data and logs */
  constructor(
    private readonly directory: string,
    private readonly log: (line: string) => void,
  ) {}

  /** Also puts its root credentials into the environment of this process. */
  s3(): Promise<S3Server> {
    this.s3Server ??= this.startS3();
    return this.s3Server;
  }

  restCatalog(): Promise<RestCatalog> {
    this.catalog ??= this.startCatalog();
    return this.catalog;
  }

  async stop(): Promise<void> {
    for (const server of [this.catalog, this.s3Server]) await (await server?.catch(() => undefined))?.stop();
  }

  private async startS3(): Promise<S3Server> {
    const binary = await findVersitygw({ env: process.env, log: this.log });
    const server = await startS3Server({ binary, directory: this.subdirectory('s3') });
    Object.assign(process.env, rootEnvironment(server));
    await createBuckets(server, LAKE);
    return server;
  }

  private async startCatalog(): Promise<RestCatalog> {
    const { endpoint, region, rootCredentials: credentials } = await this.s3();
    const program = await findRestCatalog({ env: process.env, log: this.log });
    return startRestCatalog({
      ...program,
      warehouse: `s3://${LAKE}/tables`,
      s3: { endpoint, region, credentials },
      directory: this.subdirectory('rest-catalog'),
    });
  }

  private subdirectory(name: string): string {
    const directory = join(this.directory, name);
    mkdirSync(directory, { recursive: true });
    return directory;
  }
}
