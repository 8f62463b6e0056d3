/** Reads and checks the certificates of a TLS configuration before they are used for a connection. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TLSConfig } from '@temporalio/client';
import type { PemSource, TlsSettings } from '../config/settings.js';
import { systemCodeOf, UserMistake } from '../errors/index.js';

const CURE = 'Correct temporal.tls in temporal.yaml, or TEMPORAL_TLS_*.';

/**
 * Returns the TLS options for clients and workers. Throws `UserMistake` for files that cannot be read, and for a key that does
 * not match its certificate.
 */
export async function readTls({ serverName, ...files }: TlsSettings): Promise<TLSConfig> {
  const [ca, crt, key] = await Promise.all([
    pem(files.serverRootCa, 'certificate', (text) => new X509Certificate(text)),
    pem(files.clientCert, 'certificate', (text) => new X509Certificate(text)),
    pem(files.clientKey, 'private key', (text) => createPrivateKey(text)),
  ]);
  if (crt && key && !new X509Certificate(crt).checkPrivateKey(createPrivateKey(key))) {
    throw new UserMistake(
      `The client key ${nameOf(files.clientKey)} does not match the client certificate ${nameOf(files.clientCert)}.`,
      CURE,
    );
  }
  return {
    serverNameOverride: serverName,
    serverRootCACertificate: ca,
    clientCertPair: crt && key ? { crt, key } : undefined,
  };
}

async function pem(
  source: PemSource | undefined,
  what: 'certificate' | 'private key',
  parse: (text: Buffer) => unknown,
): Promise<Buffer | undefined> {
  if (!source) return undefined;
  const text = 'data' in source ? Buffer.from(source.data) : await readSource(source.path);
  try {
    parse(text);
    return text;
  } catch (error) {
    const where = 'path' in source ? source.path : `The ${what} ${nameOf(source)}`;
    throw new UserMistake(`${where} is not a ${what} in PEM format.`, CURE, { cause: error });
  }
}

async function readSource(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserMistake(`The certificate file ${path} cannot be read (${systemCodeOf(error)}).`, CURE, {
      cause: error,
    });
  }
}

function nameOf(source: PemSource | undefined): string {
  return source && 'path' in source ? source.path : 'in the environment or the profile';
}
