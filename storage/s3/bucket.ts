/** A bucket, with everything its calls share: the connection to its region, the concurrency limit and the retries. */
import {
  GetObjectCommand,
  type S3ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import type { Command } from '@smithy/core/client';
import type { S3Options } from '../address.js';
import { type Connection, connectBucket } from './client.js';
import type { CredentialProvider } from './credentials.js';
import { bindSignal } from './exchange.js';
import { errorFactsOf } from './facts.js';
import { observed } from './observe.js';
import { isThrottled, retrying } from './retry.js';

/** AWS error codes for a request to the wrong region. HEAD responses have no body, so there it is only a 400. */
const WRONG_REGION = ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'];
/** One redirect to the bucket's region, and one for the global endpoint, which may redirect by its own rules. */
const MAX_REDIRECTS = 2;

/** Sent with every request: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export interface BucketParameters {
  Bucket: string;
  RequestPayer?: 'requester';
  ExpectedBucketOwner?: string;
}

type S3Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Command<
  Input,
  Output,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/** Sends a command once, with the call's signal. */
export type Send = <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  command: S3Command<Input, Output>,
) => Promise<Output>;

/** Sends the requests for one bucket, with retries, to the bucket's region. */
export class Bucket {
  readonly parameters: BucketParameters;
  private redirects = 0;

  private constructor(
    readonly name: string,
    private readonly options: S3Options,
    private readonly credentials: CredentialProvider | undefined,
    private connection: Connection,
  ) {
    this.parameters = {
      Bucket: name,
      RequestPayer: options.requesterPays ? 'requester' : undefined,
      ExpectedBucketOwner: options.expectedBucketOwner,
    };
  }

  static async open(name: string, options: S3Options, credentials?: CredentialProvider): Promise<Bucket> {
    return new Bucket(name, options, credentials, await connectBucket(name, options, credentials));
  }

  /** The settings of the current connection. */
  get settings(): Connection['settings'] {
    return this.connection.settings;
  }

  /** Sends a command, with retries. */
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    signal: AbortSignal | undefined,
    command: S3Command<Input, Output>,
  ): Promise<Output> {
    return this.call(signal, (send) => send(command));
  }

  /** The current credentials. The client caches them and refreshes them before they expire. */
  currentCredentials(): ReturnType<CredentialProvider> {
    return this.connection.client.config.credentials();
  }

  /** Runs a request, including reading its response, with retries. */
  call<T>(signal: AbortSignal | undefined, request: (send: Send) => Promise<T>): Promise<T> {
    return retrying(signal, () => this.followRedirects(signal, request));
  }

  private async followRedirects<T>(signal: AbortSignal | undefined, request: (send: Send) => Promise<T>): Promise<T> {
    const used = this.connection;
    try {
      const send: Send = (command) => observed(this.name, command, signal, () => sendOnce(used, command, signal));
      return await used.limiter.run(signal, () => request(send), isThrottled);
    } catch (error) {
      if (!(await this.redirectedFrom(used, error))) throw error;
      return this.followRedirects(signal, request);
    }
  }

  /** Whether the error says that the bucket is in another region. If so, switches the connection to that region. */
  private async redirectedFrom(used: Connection, error: unknown): Promise<boolean> {
    const { name, status, region } = errorFactsOf(error);
    const elsewhere = status === 301 || WRONG_REGION.includes(name) || (status === 400 && region !== undefined);
    if (!elsewhere || region === undefined || region === used.settings.region) return false;
    // Another call may have switched the connection in the meantime.
    if (this.connection.settings.region === region) return true;
    if (this.redirects >= MAX_REDIRECTS) return false;
    this.redirects++;
    this.connection = await connectBucket(this.name, this.options, this.credentials, region);
    return true;
  }
}

function sendOnce<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  { client, reads }: Connection,
  command: S3Command<Input, Output>,
  signal: AbortSignal | undefined,
): Promise<Output> {
  if (command instanceof GetObjectCommand)
    return reads.send(command, signal) as Promise<ServiceOutputTypes> as Promise<Output>;
  bindSignal(command, signal);
  return client.send(command);
}
