/** Error responses of S3: status, XML and headers, with AWS's messages. */
import type { MadeUpAnswer } from './faults.js';

const ERRORS = {
  SlowDown: [503, 'Please reduce your request rate.'],
  ServiceUnavailable: [503, 'Service is unable to handle request.'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  RequestTimeout: [
    400,
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
  ],
  ExpiredToken: [400, 'The provided token has expired.'],
  InvalidToken: [400, 'The provided token is malformed or otherwise invalid.'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
  InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  AccessDenied: [403, 'Access Denied'],
  PermanentRedirect: [
    301,
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
  ],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed; the region is wrong'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  NotImplemented: [501, 'A header you provided implies functionality that is not implemented.'],
  ConditionalRequestConflict: [
    409,
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
  ],
} as const satisfies Record<string, readonly [number, string]>;

/** An error code of S3. */
export type S3ErrorCode = keyof typeof ERRORS;

/** Further details of an error response. */
export interface S3ErrorDetails {
  /** Replaces the usual message, for example by one that names a KMS key. */
  message?: string;
  /** Region of the bucket, for `x-amz-bucket-region` and for the body. */
  region?: string;
}

/** The response of S3 with this error. */
export function s3ErrorAnswer(code: S3ErrorCode, { message, region }: S3ErrorDetails = {}): MadeUpAnswer {
  const [status, text] = ERRORS[code];
  const elements = { Code: code, Message: message ?? text, ...(region === undefined ? {} : { Region: region }) };
  const xml = Object.entries(elements).map(([name, value]) => `<${name}>${escaped(value)}</${name}>`);
  return {
    status,
    headers: {
      'Content-Type': 'application/xml',
      'x-amz-request-id': 'FAULTPROXY000000',
      ...(region === undefined ? {} : { 'x-amz-bucket-region': region }),
    },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${xml.join('')}<RequestId>FAULTPROXY000000</RequestId></Error>`,
  };
}

/** The response of S3 to a reader without `kms:Decrypt` on the KMS key of an object. */
export function kmsAccessDenied(user: string, keyArn: string): MadeUpAnswer {
  const message =
    `User: ${user} is not authorized to perform: kms:Decrypt on resource: ${keyArn} ` +
    'because no identity-based policy allows the kms:Decrypt action';
  return s3ErrorAnswer('AccessDenied', { message });
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
