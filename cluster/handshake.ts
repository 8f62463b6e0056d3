/**
 * Why no connection came about. gRPC keeps the reason to itself and says that time ran out, so one TLS handshake of our own
 * looks for it, with the same certificates.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { TLSConfig } from '@temporalio/client';

/** Why no connection came about, for a person. */
export interface Reason {
  /** Continues "The Temporal server at … ". */
  message: string;
  cure: string;
}

/** Milliseconds for the handshake and the first bytes after it: a refused client certificate is told by those. */
const LIMIT = 5_000;

const UNKNOWN_AUTHORITY = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
]);

/** `undefined` when TLS is not what is wrong. */
export async function whyNoConnection(address: string, tls: TLSConfig | boolean): Promise<Reason | undefined> {
  const config = typeof tls === 'object' ? tls : {};
  // Without TLS all that is asked is whether the other side would speak it.
  const outcome = await handshake(address, config, tls !== false);
  if (tls === false) {
    if (!outcome.secure) return undefined;
    return {
      message: 'speaks TLS, and none is configured.',
      cure: 'Turn it on: --tls, TEMPORAL_TLS=true, or temporal.tls in temporal.yaml.',
    };
  }
  return ofOutcome(outcome, config);
}

interface Outcome {
  /** The handshake was done. */
  secure: boolean;
  /** The server had something to say after it: it has accepted this client. */
  spoke: boolean;
  /** Node's or OpenSSL's code, and what Node says with it. */
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
    const outcome: Outcome = { secure: false, spoke: false };
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
    socket.once('data', () => end({ spoke: true }));
    socket.once('error', (error: NodeJS.ErrnoException & { reason?: string }) =>
      end({ code: error.code, reason: error.reason ?? error.message }),
    );
    socket.once('close', () => end());
  });
}

function ofOutcome({ secure, spoke, code = '', reason }: Outcome, config: TLSConfig): Reason | undefined {
  if (spoke) return undefined;
  if (UNKNOWN_AUTHORITY.has(code)) return unknownAuthority(config);
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return {
      message: `shows a certificate that ${when}.`,
      cure: 'Have the certificate renewed; or set the clock of this machine.',
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      message: `shows a certificate for another name: ${reason?.trim().replace(/[.:\s]*$/, '')}.`,
      cure: 'Set temporal.tls.server_name (or TEMPORAL_TLS_SERVER_NAME) to a name in it, or correct the address.',
    };
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code)) {
    return {
      message: 'does not speak TLS.',
      cure: 'Turn TLS off (temporal.tls, TEMPORAL_TLS=false; an API key turns it on), or correct the address.',
    };
  }
  // Some servers say why in an alert, others close the connection right after the handshake.
  return /_ALERT_/.test(code) || secure ? refusedClient(config) : undefined;
}

function unknownAuthority({ serverRootCACertificate: given }: TLSConfig): Reason {
  const setting = 'temporal.tls.server_root_ca_file (or TEMPORAL_TLS_SERVER_CA_CERT_PATH)';
  return given
    ? {
        message: 'shows a certificate that the configured authority has not signed.',
        cure: `Correct ${setting}: it has to be the authority that signed the server's certificate.`,
      }
    : {
        message: 'shows a certificate of an authority that is not trusted here.',
        cure: `Name the certificate of the authority: ${setting}.`,
      };
}

function refusedClient({ clientCertPair: pair }: TLSConfig): Reason {
  if (!pair) {
    return {
      message: 'asks for a client certificate, and none is configured.',
      cure:
        'Set temporal.tls.client_cert_file and client_key_file, ' +
        'or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.',
    };
  }
  const { subject, validTo } = new X509Certificate(Buffer.from(pair.crt));
  const name = subject.replaceAll('\n', ', ');
  return Date.parse(validTo) < Date.now()
    ? {
        message: `refuses the client certificate ${name}, which expired on ${validTo}.`,
        cure: 'Have it renewed.',
      }
    : {
        message: `refuses the client certificate ${name}.`,
        cure: 'Use one of an authority that the server trusts (temporal.tls.client_cert_file, TEMPORAL_TLS_CLIENT_CERT_PATH).',
      };
}
