/** The S3 server and the REST catalog that the runs of one command share: started when a run needs them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findRestCatalog, type RestCatalog, startRestCatalog } from '../servers/rest-catalog.js';
import { createBuckets, rootEnvironment, type S3Server, startS3Server } from '../servers/s3-server.js';
import { findVersitygw } from '../servers/versitygw.js';

/** Bucket of the tables of the REST catalog. */
export const LAKE = 'lake';

export class SharedServers {
  private s3Server: Promise<S3Server> | undefined;
  private catalog: Promise<RestCatalog> | undefined;

  /** @param directory for data and logs */
  constructor(
    private readonly directory: string,
    private readonly log: (line: string) => void,
  ) {}

  /** Its root credentials are in the environment of this process from now on. */
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
    const server = await startS3Server({ binary, directory: this.made('s3') });
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
      directory: this.made('rest-catalog'),
    });
  }

  private made(name: string): string {
    const directory = join(this.directory, name);
    mkdirSync(directory, { recursive: true });
    return directory;
  }
}
