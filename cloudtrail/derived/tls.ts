/** tls.version and tls.version_protocol, from `TLSv1.2`. */
import { appendBytes, lookedUp, type Question } from './derivation.js';

const TLS_VERSION = /^TLSv(\d+(?:\.\d+)?)$/i;
const TLS = Buffer.from('tls');

/** The version number. */
const tlsNumber: Question<Buffer> = {
  input: 'aws.cloudtrail.tls_details.tls_version',
  bind: () => (text) => {
    const number = TLS_VERSION.exec(text)?.[1];
    return number === undefined ? undefined : Buffer.from(number);
  },
};

export const tlsVersion = lookedUp(tlsNumber, (number, out, row) => appendBytes(out, number, row));
export const tlsProtocol = lookedUp(tlsNumber, (_number, out, row) => appendBytes(out, TLS, row));
