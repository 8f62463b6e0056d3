/**
 * One bucket with what every call on it goes through: the connection to its region, the limit of requests at once, the
 * tries again.
 */
import type { S3ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3';
import type { Command } from '@smithy/core/client';
import type { S3Options } from '../address.js';
import { bindSignal, type Connection, connectBucket } from './client.js';
import type { CredentialProvider } from './credentials.js';
import { errorFactsOf } from './facts.js';
import { observed } from './observe.js';
import { isThrottled, retrying } from './retry.js';

/** What AWS answers when a bucket is asked for in another region. HEAD has no body, so there it is only a bad request. */
const WRONG_REGION = ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'];
/** A bucket has one region; a second one is for the global endpoint, which may send on by rules of its own. */
const MOST_MOVES = 2;

/** Goes with every request: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
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

/** Sends a command once; its call's signal goes with it. */
export type Send = <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  command: S3Command<Input, Output>,
) => Promise<Output>;

/** Sends the requests for one bucket, with retries, in the region that it is in. */
export class Bucket {
  readonly parameters: BucketParameters;
  private moves = 0;

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

  /** Where requests go to at the moment. */
  get settings(): Connection['settings'] {
    return this.connection.settings;
  }

  /** Sends one command, as often as it takes. */
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    signal: AbortSignal | undefined,
    command: S3Command<Input, Output>,
  ): Promise<Output> {
    return this.call(signal, (send) => send(command));
  }

  /** Who asks, at the moment; the client keeps them and asks its provider again before they expire. */
  currentCredentials(): ReturnType<CredentialProvider> {
    return this.connection.client.config.credentials();
  }

  /** Runs one request, with its answer read to the end, as often as it takes. */
  call<T>(signal: AbortSignal | undefined, request: (send: Send) => Promise<T>): Promise<T> {
    return retrying(signal, () => this.inItsRegion(signal, request));
  }

  private async inItsRegion<T>(signal: AbortSignal | undefined, request: (send: Send) => Promise<T>): Promise<T> {
    const used = this.connection;
    try {
      const send: Send = (command) => {
        bindSignal(command, signal);
        return observed(this.name, command, signal, () => used.client.send(command));
      };
      return await used.limiter.run(signal, () => request(send), isThrottled);
    } catch (error) {
      if (!(await this.movedFrom(used, error))) throw error;
      return this.inItsRegion(signal, request);
    }
  }

  /** Whether the error says that the bucket is in another region, which is where the next requests go. */
  private async movedFrom(used: Connection, error: unknown): Promise<boolean> {
    const { name, status, region } = errorFactsOf(error);
    const elsewhere = status === 301 || WRONG_REGION.includes(name) || (status === 400 && region !== undefined);
    if (!elsewhere || region === undefined || region === used.settings.region) return false;
    // Another call may have moved it meanwhile.
    if (this.connection.settings.region === region) return true;
    if (this.moves >= MOST_MOVES) return false;
    this.moves++;
    this.connection = await connectBucket(this.name, this.options, this.credentials, region);
    return true;
  }
}
