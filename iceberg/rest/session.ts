/**
 * A session with a catalog server: authentication, the server's configuration (requested once), and the client for all other
 * calls.
 */
import { StorageUnavailable } from '../../errors/index.js';
import type { CredentialProvider } from '../../storage/s3/credentials.js';
import { type Authentication, anonymous, bearer } from './authentication.js';
import { checkAuthentication, checkedUri } from './checks.js';
import { type Call, type CatalogTarget, type Client, type ClientOptions, createClient, postForm } from './client.js';
import { protocolError } from './errors.js';
import { oauth2 } from './oauth2.js';
import { CONFIG_PATH, type Paths, pathsOf, TOKEN_PATH } from './paths.js';
import { type ServerConfig, serverConfigOf } from './server-config.js';
import type { RestCatalogSecrets, RestCatalogSettings } from './settings.js';
import { type SharedRequest, shareRequest } from './shared-request.js';

/** A session after the server has returned its configuration. */
export interface CatalogSession {
  client: Client;
  paths: Paths;
  server: ServerConfig;
}

/** Options of {@link createSession}. */
export interface SessionOptions extends ClientOptions {
  secrets: RestCatalogSecrets;
  /** Replaces the standard AWS credential sources for signing requests; for tests. */
  awsCredentials?: CredentialProvider;
}

/** Opens the session with a catalog once. */
export interface SessionOpener {
  readonly description: string;
  /**
   * Opens the session or returns the open one. Throws a TrailmillError if the server cannot be used; the next call tries again.
   */
  open(signal?: AbortSignal): Promise<CatalogSession>;
}

/** Creates a session. Throws `UserMistake` for invalid settings. Sends no requests until the session is opened. */
export function createSession(settings: RestCatalogSettings, options: SessionOptions): SessionOpener {
  const uri = checkedUri(settings);
  checkAuthentication(settings, options.secrets);
  const description = `REST catalog at ${uri}`;

  const connect = async (signal: AbortSignal): Promise<CatalogSession> => {
    const target: CatalogTarget = {
      uri,
      description,
      warehouse: settings.warehouse,
      authentication: await authenticationOf(uri, description, settings, options),
      headers: settings.headers ?? {},
    };
    const call: Call = {
      operation: 'read the configuration',
      subject: settings.warehouse,
      method: 'GET',
      path: CONFIG_PATH,
      query: settings.warehouse === undefined ? {} : { warehouse: settings.warehouse },
      repeatable: true,
    };
    const response = await createClient(target, options).call(call, { signal });
    // No error response was expected, so the client has thrown all of them.
    if ('errorResponse' in response)
      throw new StorageUnavailable(`The ${description} did not return its configuration.`);
    const server = serverConfigOf(response.json, settings, uri);
    const client = createClient({ ...target, uri: server.uri, headers: server.headers }, options);
    return { client, paths: pathsOf(server.prefix), server };
  };
  let session: SharedRequest<CatalogSession> | undefined;
  const start = (): SharedRequest<CatalogSession> => {
    const request = shareRequest(async (signal) => {
      try {
        return await connect(signal);
      } catch (error) {
        if (session === request) session = undefined;
        throw error;
      }
    });
    session = request;
    return request;
  };
  return {
    description,
    open: (signal) => (session === undefined || session.isAbandoned ? start() : session).wait(signal),
  };
}

async function authenticationOf(
  uri: string,
  catalog: string,
  settings: RestCatalogSettings,
  options: SessionOptions,
): Promise<Authentication> {
  const { token, credential } = options.secrets;
  if (settings.sigv4) {
    // Imported only when needed, because it loads parts of the AWS SDK.
    const { sigv4 } = await import('./sigv4.js');
    return sigv4(new URL(uri), settings.sigv4, options.awsCredentials);
  }
  if (token) return bearer(token);
  if (!credential) return anonymous();
  const defaultUri = `${uri}/${TOKEN_PATH}`;
  const context = { operation: 'get a token', catalog, authMethod: 'oauth2' } as const;
  const authentication = oauth2({
    defaultUri,
    settings: settings.oauth2 ?? {},
    credential,
    post: (request, signal) => postForm(request, context, (text) => authentication.redact(text), options, signal),
    unusable: () =>
      protocolError({ ...context, address: settings.oauth2?.serverUri ?? defaultUri, timeoutMs: 0 }, 'no access_token'),
    now: options.now ?? Date.now,
  });
  return authentication;
}
