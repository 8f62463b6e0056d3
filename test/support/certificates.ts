/** A certificate authority for one test, and the certificates that it signs: real X.509, with new keys. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Pem {
  cert: string;
  key: string;
}

export interface LeafOptions {
  /** Host names that a server's certificate is for. */
  dns?: readonly string[];
  /** True: it expired a day ago. */
  expired?: boolean;
}

export interface Authority {
  /** The certificate that clients and servers need to trust this authority. */
  cert: string;
  sign(commonName: string, options?: LeafOptions): Promise<Pem>;
}

const DAY_MS = 24 * 3_600_000;
const COMMON = { keyType: 'ec', algorithm: 'sha256' } as const;
/** The type of a host name in RFC 5280's GeneralName. */
const DNS = 2;

/** A new authority that nobody trusts yet. */
export async function startAuthority(commonName: string): Promise<Authority> {
  const root = await generate([{ name: 'commonName', value: commonName }], {
    ...COMMON,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    cert: root.cert,
    async sign(name, { dns = [], expired = false } = {}) {
      const altNames = dns.map((value) => ({ type: DNS, value }) as const);
      const end = Date.now() + (expired ? -DAY_MS : DAY_MS);
      const made = await generate([{ name: 'commonName', value: name }], {
        ...COMMON,
        ca: { cert: root.cert, key: root.private },
        notBeforeDate: new Date(end - 2 * DAY_MS),
        notAfterDate: new Date(end),
        extensions: [
          { name: 'basicConstraints', cA: false, critical: true },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames } as const]),
        ],
      });
      return { cert: made.cert, key: made.private };
    },
  };
}

/** Writes PEM files into a directory and returns their paths. */
export function writePem(directory: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => {
      const path = join(directory, name);
      writeFileSync(path, text, { mode: 0o600 });
      return [name, path];
    }),
  );
}
