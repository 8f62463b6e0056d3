/** Errors without an answer: unknown host, no connection, untrusted certificate, timeout. */
import { isListedRegion, nearestRegion } from '../../aws/regions.js';
import { StorageUnavailable, type TrailmillError, UserMistake } from '../../errors/index.js';
import { inBrackets, type S3Call, what } from './call.js';
import type { CauseOption, ErrorFacts } from './facts.js';

/** Of Node's TLS: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME/;

/** The error for a network failure; `undefined` where it is none. */
export function networkError(facts: ErrorFacts, call: S3Call, options: CauseOption): TrailmillError | undefined {
  const { code = '', name, message } = facts;
  const host = hostIn(facts) ?? call.endpoint ?? 'AWS';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new StorageUnavailable(
      `${what(call)}: nobody knows the host ${host} (${code}).`,
      call.endpoint === undefined
        ? `Check the network and its DNS, and that there is a region ${call.region ?? 'of this name'}.${meantRegion(call.region)}`
        : 'Check the name of the endpoint, and the network and its DNS.',
      options,
    );
  }
  if (code === 'ECONNREFUSED') {
    return new StorageUnavailable(
      `${what(call)}: nothing listens at ${host} (${code}).`,
      'Start the server, or check the endpoint and its port.',
      options,
    );
  }
  if (CERTIFICATE.test(code)) {
    return new UserMistake(
      `${what(call)}: the certificate of ${host} is not trusted (${code})${inBrackets(message)}.`,
      'Name the file of its authority in NODE_EXTRA_CA_CERTS, or give an endpoint that the certificate is for.',
      options,
    );
  }
  if (code === 'EPROTO') {
    return new UserMistake(
      `${what(call)}: ${host} does not speak TLS (${code}).`,
      'Write http:// in the endpoint, or give the port of https.',
      options,
    );
  }
  if (name === 'BrokenBody' || name === 'TimeoutError' || /^E[A-Z0-9]+$/.test(code)) {
    return new StorageUnavailable(`${what(call)}: ${message || code}.`.replace(/\.+$/, '.'), undefined, options);
  }
  return undefined;
}

/** A misspelt region leads to a host that does not exist. */
function meantRegion(region: string | undefined): string {
  const meant = region === undefined || isListedRegion(region) ? undefined : nearestRegion(region);
  return meant === undefined ? '' : ` Did you mean ${meant}?`;
}

/** `connect ECONNREFUSED 127.0.0.1:7070`, `getaddrinfo ENOTFOUND s3.example` */
function hostIn({ message }: ErrorFacts): string | undefined {
  return /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN) (\S+)/.exec(message)?.[1];
}
