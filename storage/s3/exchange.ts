/**
 * What happens to the finished request of a command: it is sent with the signal of its call, or answered in place of the server.
 * Both are bound to the command's input, because the SDK copies the input, including unknown properties. The SDK's own option for
 * a signal would make the client rebuild its middleware for each request.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { HttpRequest, HttpResponse } from '@smithy/core/protocols';

/** A signing method, as the SDK determines it for a bucket. */
export type AuthScheme = NonNullable<Parameters<S3Client['config']['signer']>[0]>;

/** Answers a request in place of the server. May throw instead. */
export type Answer = (request: HttpRequest, scheme: AuthScheme | undefined) => HttpResponse;

const SIGNAL = Symbol('signal');
const ANSWER = Symbol('answer');
interface Carrier {
  [SIGNAL]?: AbortSignal;
  [ANSWER]?: Answer;
}

const signals = new WeakMap<object, AbortSignal>();

/** Binds a command to the signal of its call. */
export function bindSignal(command: { input: object }, signal: AbortSignal | undefined): void {
  (command.input as Carrier)[SIGNAL] = signal;
}

/** Makes a command return an answer without sending it. */
export function bindAnswer(command: { input: object }, answer: Answer): void {
  (command.input as Carrier)[ANSWER] = answer;
}

/** The signal that a finished request was bound to. */
export function signalOf(request: object): AbortSignal | undefined {
  return signals.get(request);
}

/** Makes a client use what its commands are bound to. */
export function addExchanges(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { [SIGNAL]: signal, [ANSWER]: answer } = args.input as Carrier;
      const request = args.request as HttpRequest;
      // The step above converts the response to the output.
      if (answer !== undefined)
        return { response: answer(request, context.authSchemes?.[0]), output: undefined as never };
      if (signal !== undefined) signals.set(request, signal);
      return next(args);
    },
    // Runs right before the handler: earlier steps create a new request object.
    { step: 'deserialize', priority: 'low', name: 'trailmillExchange' },
  );
}
