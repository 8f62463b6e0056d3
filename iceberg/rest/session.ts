/** The conversation with one server: who we are, what it says of itself (asked once), and the client for everything else. */
import { StorageUnavailable } from '../../errors/index.js';
import type { CredentialProvider } from '../../storage/s3/credentials.js';
import { type Authentication, anonymous, bearer } from './authentication.js';
import { checkAuthentication, checkedUri } from './checks.js';
import { type Call, type CatalogTarget, type Client, type ClientOptions, createClient, postForm } from './client.js';
import { notTheProtocol } from './errors.js';
import { oauth2 } from './oauth2.js';
import { CONFIG_PATH, type Paths, pathsOf, TOKEN_PATH } from './paths.js';
import { type ServerConfig, serverConfigOf } from './server-config.js';
import type { RestCatalogSecrets, RestCatalogSettings } from './settings.js';
import { type SharedRequest, shareRequest } from './shared-request.js';

/** A catalog that has answered with its configuration. */
export interface CatalogSession {
  client: Client;
  paths: Paths;
  server: ServerConfig;
}

/** Options of {@link createSession}. */
export interface SessionOptions extends ClientOptions {
  secrets: RestCatalogSecrets;
  /** What requests are signed with, in place of the usual AWS places; for tests. */
  awsCredentials?: CredentialProvider;
}

/** Opens the session with a catalog, once. */
export interface SessionOpener {
  readonly description: string;
  /** Throws what is wrong with the server or with the request; the next call asks again. */
  open(signal?: AbortSignal): Promise<CatalogSession>;
}

/** Throws `UserMistake` for settings that cannot be right. Nothing is sent until the session is opened. */
export function createSession(settings: RestCatalogSettings, options: SessionOptions): SessionOpener {
  const uri = checkedUri(settings);
  checkAuthentication(settings, options.secrets);
  const description = `REST catalog at ${uri}`;

  const ask = async (signal: AbortSignal): Promise<CatalogSession> => {
    const target: CatalogTarget = {
      uri,
      description,
      warehouse: settings.warehouse,
      authentication: await authenticationOf(uri, description, settings, options),
      headers: settings.headers ?? {},
    };
    const call: Call = {
      operation: 'read its configuration',
      subject: settings.warehouse,
      method: 'GET',
      path: CONFIG_PATH,
      query: settings.warehouse === undefined ? {} : { warehouse: settings.warehouse },
      repeatable: true,
    };
    const answer = await createClient(target, options).call(call, { signal });
    // No refusal was expected, so every one was thrown.
    if ('refusal' in answer) throw new StorageUnavailable(`The ${description} refused its configuration.`);
    const server = serverConfigOf(answer.json, settings, uri);
    const client = createClient({ ...target, uri: server.uri, headers: server.headers }, options);
    return { client, paths: pathsOf(server.prefix), server };
  };
  let session: SharedRequest<CatalogSession> | undefined;
  const start = (): SharedRequest<CatalogSession> => {
    const asked = shareRequest(async (signal) => {
      try {
        return await ask(signal);
      } catch (error) {
        if (session === asked) session = undefined;
        throw error;
      }
    });
    session = asked;
    return asked;
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
    // It loads parts of the AWS SDK, which others do not wait for.
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
      notTheProtocol(
        { ...context, address: settings.oauth2?.serverUri ?? defaultUri, timeoutMs: 0 },
        'no access_token',
      ),
    now: options.now ?? Date.now,
  });
  return authentication;
}
