/** Errors without a response: unknown host, no connection, untrusted certificate, timeout. */
import { isListedRegion, nearestRegion } from '../../aws/regions.js';
import { StorageUnavailable, type TrailmillError, UserMistake } from '../../errors/index.js';
import { type AwsCall, inParentheses, requestOf } from './call.js';
import type { CauseOption, ErrorFacts } from './facts.js';

/** Node's certificate error codes: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME/;

/** The error for a network failure; `undefined` if it is not one. */
export function networkError(facts: ErrorFacts, call: AwsCall, options: CauseOption): TrailmillError | undefined {
  const { code = '', name, message } = facts;
  const host = hostIn(facts) ?? call.endpoint ?? 'AWS';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new StorageUnavailable(
      `${requestOf(call)}: the host name ${host} cannot be resolved (${code}).`,
      call.endpoint === undefined
        ? `Check the network and DNS, and that the region ${call.region ?? 'in it'} exists.${suggestRegion(call.region)}`
        : 'Check the endpoint, the network and DNS.',
      options,
    );
  }
  if (code === 'ECONNREFUSED') {
    return new StorageUnavailable(
      `${requestOf(call)}: ${host} refused the connection (${code}).`,
      'Start the server, or check the endpoint and its port.',
      options,
    );
  }
  if (CERTIFICATE.test(code)) {
    return new UserMistake(
      `${requestOf(call)}: the certificate of ${host} is not trusted (${code})${inParentheses(message)}.`,
      'Set NODE_EXTRA_CA_CERTS to the file with its CA certificate, or use an endpoint that the certificate is valid for.',
      options,
    );
  }
  if (code === 'EPROTO') {
    return new UserMistake(
      `${requestOf(call)}: ${host} does not speak TLS (${code}).`,
      'Use http:// in the endpoint, or the HTTPS port.',
      options,
    );
  }
  if (name === 'BrokenBody' || name === 'TimeoutError' || /^E[A-Z0-9]+$/.test(code)) {
    return new StorageUnavailable(`${requestOf(call)}: ${message || code}.`.replace(/\.+$/, '.'), undefined, options);
  }
  return undefined;
}

/** A misspelled region gives a host name that does not exist. */
function suggestRegion(region: string | undefined): string {
  const suggestion = region === undefined || isListedRegion(region) ? undefined : nearestRegion(region);
  return suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
}

/** `connect ECONNREFUSED 127.0.0.1:7070`, `getaddrinfo ENOTFOUND s3.example` */
function hostIn({ message }: ErrorFacts): string | undefined {
  return /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN) (\S+)/.exec(message)?.[1];
}
