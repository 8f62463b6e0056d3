/**
 * Diagnoses failed connections. gRPC only reports a timeout, so this makes a separate TLS handshake with the same certificates
 * to find the reason.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { TLSConfig } from '@temporalio/client';

/** Why a connection failed, for the user. */
export interface Reason {
  /** The rest of a sentence that starts with "The Temporal server at … ". */
  message: string;
  cure: string;
}

/** Milliseconds for the handshake and the first bytes after it, which may report a rejected client certificate. */
const LIMIT = 5_000;

const UNKNOWN_AUTHORITY = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
]);

/** Returns why connecting to `host:port` failed; `undefined` if TLS is not the reason. */
export async function whyNoConnection(address: string, tls: TLSConfig | boolean): Promise<Reason | undefined> {
  const config = typeof tls === 'object' ? tls : {};
  // If TLS is off, only test whether the server uses TLS.
  const outcome = await handshake(address, config, tls !== false);
  if (tls === false) {
    if (!outcome.secure) return undefined;
    return {
      message: 'requires TLS, but TLS is not configured.',
      cure: 'Turn it on: --tls, TEMPORAL_TLS=true, or temporal.tls in temporal.yaml.',
    };
  }
  return reasonOf(outcome, config);
}

interface Outcome {
  /** The handshake was completed. */
  secure: boolean;
  /** The server sent data after the handshake, so it has accepted this client. */
  receivedData: boolean;
  /** Error code of Node or OpenSSL, and Node's message. */
  code?: string;
  reason?: string;
}

function handshake(address: string, config: TLSConfig, verify: boolean): Promise<Outcome> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const servername = config.serverNameOverride ?? (isIP(host) === 0 ? host : undefined);
  const options: ConnectionOptions = {
    host,
    port: Number(address.slice(colon + 1)),
    servername,
    ALPNProtocols: ['h2'],
    ca: config.serverRootCACertificate && Buffer.from(config.serverRootCACertificate),
    cert: config.clientCertPair && Buffer.from(config.clientCertPair.crt),
    key: config.clientCertPair && Buffer.from(config.clientCertPair.key),
    rejectUnauthorized: verify,
  };
  return new Promise((resolve) => {
    const outcome: Outcome = { secure: false, receivedData: false };
    let socket: TLSSocket | undefined;
    const end = (over: Partial<Outcome> = {}): void => {
      socket?.destroy();
      resolve({ ...outcome, ...over });
    };
    socket = connect(options, () => {
      outcome.secure = true;
      if (!verify) end();
    });
    socket.setTimeout(LIMIT, () => end());
    socket.once('data', () => end({ receivedData: true }));
    socket.once('error', (error: NodeJS.ErrnoException & { reason?: string }) =>
      end({ code: error.code, reason: error.reason ?? error.message }),
    );
    socket.once('close', () => end());
  });
}

function reasonOf({ secure, receivedData, code = '', reason }: Outcome, config: TLSConfig): Reason | undefined {
  if (receivedData) return undefined;
  if (UNKNOWN_AUTHORITY.has(code)) return unknownAuthority(config);
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return {
      message: `presents a certificate that ${when}.`,
      cure: 'Renew the certificate, or correct the clock of this machine.',
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      message: `presents a certificate for another name: ${reason?.trim().replace(/[.:\s]*$/, '')}.`,
      cure: 'Set temporal.tls.server_name (or TEMPORAL_TLS_SERVER_NAME) to a name in the certificate, or correct the address.',
    };
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code)) {
    return {
      message: 'does not speak TLS.',
      cure: 'Turn TLS off (temporal.tls, TEMPORAL_TLS=false; an API key turns it on), or correct the address.',
    };
  }
  // Some servers send an alert, others close the connection right after the handshake.
  return /_ALERT_/.test(code) || secure ? refusedClient(config) : undefined;
}

function unknownAuthority({ serverRootCACertificate: given }: TLSConfig): Reason {
  const setting = 'temporal.tls.server_root_ca_file (or TEMPORAL_TLS_SERVER_CA_CERT_PATH)';
  return given
    ? {
        message: 'presents a certificate that is not signed by the configured certificate authority.',
        cure: `Correct ${setting}: it must be the authority that signed the server's certificate.`,
      }
    : {
        message: 'presents a certificate of a certificate authority that this machine does not trust.',
        cure: `Set ${setting} to the certificate of that authority.`,
      };
}

function refusedClient({ clientCertPair: pair }: TLSConfig): Reason {
  if (!pair) {
    return {
      message: 'requires a client certificate, but none is configured.',
      cure:
        'Set temporal.tls.client_cert_file and client_key_file, ' +
        'or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.',
    };
  }
  const { subject, validTo } = new X509Certificate(Buffer.from(pair.crt));
  const name = subject.replaceAll('\n', ', ');
  return Date.parse(validTo) < Date.now()
    ? {
        message: `rejects the client certificate ${name}, which expired on ${validTo}.`,
        cure: 'Renew it.',
      }
    : {
        message: `rejects the client certificate ${name}.`,
        cure: 'Use one of a certificate authority that the server trusts (temporal.tls.client_cert_file, TEMPORAL_TLS_CLIENT_CERT_PATH).',
      };
}
