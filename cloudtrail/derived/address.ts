/** What source.address says: it may also hold a service name or `AWS Internal`. */
import { isIP } from 'node:net';
import { appendBytes, lookedUp, type Question } from './derivation.js';

/** The address, when it is an IP address. */
const ipAddress: Question<Buffer> = {
  input: 'source.address',
  bind: () => (text) => (isIP(text) === 0 ? undefined : Buffer.from(text)),
};

export const sourceIp = lookedUp(ipAddress, (ip, out, row) => appendBytes(out, ip, row));
