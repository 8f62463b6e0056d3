/** The messages for failed requests to a REST catalog, one for each cause. */
import type { AuthMethod } from '../../../iceberg/rest/authentication';
import { errorOf, type Operation, protocolError, type RequestContext } from '../../../iceberg/rest/errors';
import { errorResponseOf, noResponseOf, type RequestFailure } from '../../../iceberg/rest/failure';

const said = (operation: Operation, failure: RequestFailure, more: Partial<RequestContext> = {}): string => {
  const { name, message, cure } = errorOf(failure, {
    operation,
    address: 'https://lake.example/api/catalog/v1/namespaces',
    catalog: 'REST catalog at https://lake.example/api/catalog',
    authMethod: 'none',
    timeoutMs: 60_000,
    ...more,
  });
  return `${name}: ${message}\n${cure ?? ''}`;
};
const refusal = (status: number, body: unknown, headers: Record<string, string> = {}): RequestFailure =>
  errorResponseOf(status, new Headers(headers), typeof body === 'string' ? body : JSON.stringify(body), 0);
const iceberg = (status: number, type: string, message: string): RequestFailure =>
  refusal(status, { error: { message, type, code: status, stack: ['secret stack'] } });
const fetchFailed = (code: string, message: string): RequestFailure =>
  noResponseOf(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(message), { code }) }));

describe('without an answer', () => {
  it('the host is named, and the work is retried', () => {
    expect(
      said('load a table', fetchFailed('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:443')),
    ).toBe(`StorageUnavailable: Load a table: the REST catalog at https://lake.example/api/catalog cannot be reached: cannot connect to lake.example (ECONNREFUSED).
Check that the server is running, and that catalog.uri has the right host and port: https://lake.example/api/catalog/v1/namespaces`);
    expect(said('commit', fetchFailed('ENOTFOUND', 'getaddrinfo'))).toContain(
      'StorageUnavailable: Commit: the REST catalog at https://lake.example/api/catalog was not found: the host name lake.example cannot be resolved.',
    );
  });

  it('without trust, the message says how to trust the certificate, or to use no TLS', () => {
    expect(
      said('load a table', fetchFailed('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate')),
    ).toBe(`UserMistake: Load a table: the REST catalog at https://lake.example/api/catalog has a certificate that is not trusted: lake.example (SELF_SIGNED_CERT_IN_CHAIN: self-signed certificate).
Set NODE_EXTRA_CA_CERTS to the file with its CA certificate, or correct the host in catalog.uri.`);
    expect(said('commit', fetchFailed('ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'))).toMatch(
      /^UserMistake: .* does not speak TLS: lake.example .*\nUse http:\/\/ in catalog.uri/,
    );
  });

  it('the outcome of a commit is unknown, and a read is retried', () => {
    const late: RequestFailure = { kind: 'timeout', code: 'ETIMEDOUT', message: '' };
    expect(said('commit', late)).toContain('CommitStateUnknown: Commit: the REST catalog');
    expect(said('load a table', late)).toContain(
      'StorageUnavailable: Load a table: the REST catalog at https://lake.example/api/catalog did not respond within 60 s.',
    );
    expect(said('commit', fetchFailed('UND_ERR_SOCKET', 'other side closed'))).toContain('CommitStateUnknown');
    expect(said('load a table', fetchFailed('ECONNRESET', 'read ECONNRESET'))).toContain(
      'the connection to lake.example was closed (ECONNRESET).',
    );
  });
});

describe('of authentication', () => {
  it.each<[AuthMethod, string]>([
    [
      'none',
      'The request had no authentication. Set TRAILMILL_CATALOG_CREDENTIAL (client-id:client-secret) or TRAILMILL_CATALOG_TOKEN in the environment of every worker, or catalog.sigv4 for AWS.',
    ],
    [
      'token',
      'The token in TRAILMILL_CATALOG_TOKEN is invalid or has expired: set a new one and restart the workers, or set TRAILMILL_CATALOG_CREDENTIAL, so that tokens are renewed.',
    ],
    [
      'oauth2',
      'The server rejected two tokens obtained with TRAILMILL_CATALOG_CREDENTIAL: check scope, audience and server_uri in catalog.oauth2.',
    ],
    ['sigv4', 'The request had an AWS signature: the server may require OAuth2 instead; if so, remove catalog.sigv4.'],
  ])('401 names what was sent (%s) and what to set', (authMethod, cure) => {
    expect(
      said('load a table', iceberg(401, 'NotAuthorizedException', 'Not authorized'), { authMethod, subject: 'a.b' }),
    ).toBe(
      `StorageAccessDenied: Load a table (a.b): the REST catalog at https://lake.example/api/catalog returned 401: NotAuthorizedException: Not authorized.\n${cure}`,
    );
    expect(said('load a table', refusal(419, ''), { authMethod })).toContain(cure);
  });

  it.each<[Operation, string]>([
    ['read the configuration', 'glue:GetCatalog'],
    ['load a table', 'glue:GetTable'],
    ['look up a namespace', 'glue:GetDatabase'],
    ['create a namespace', 'or create it yourself'],
    ['create a table', 'TABLE_CREATE'],
    ['commit', 'TABLE_WRITE_PROPERTIES'],
  ])('403 to "%s" names the right', (operation, right) => {
    const text = said(operation, iceberg(403, 'ForbiddenException', 'Principal x is not authorized'));
    expect(text).toMatch(
      /^StorageAccessDenied: .* returned 403: ForbiddenException: Principal x is not authorized\.\nThe identity that runs the worker needs /,
    );
    expect(text).toContain(right);
  });

  it.each([
    ['Signature expired: 20261125T0000Z is now earlier than …', "Set this machine's clock"],
    [
      'Credential should be scoped to a valid region.',
      'Check service (glue, s3tables or execute-api) and region in catalog.sigv4',
    ],
    ['The request signature we calculated does not match the signature you provided.', 'Check service (glue'],
    [
      'The security token included in the request is expired',
      'The AWS credentials of this process are invalid or have expired',
    ],
    [
      'User: arn:aws:iam::1:user/x is not authorized to perform: glue:GetTable',
      'The identity that runs the worker needs permission to read the table',
    ],
  ])('403 of AWS (%s) names which of its many causes it is', (message, cure) => {
    // API Gateway in front of AWS services uses its own format.
    expect(
      said('load a table', refusal(403, { Message: message }, { 'x-amzn-errortype': 'X:http://y' }), {
        authMethod: 'sigv4',
      }),
    ).toContain(cure);
  });

  it('403 of AWS to a request without a signature explains how to sign', () => {
    expect(said('read the configuration', refusal(403, { message: 'Missing Authentication Token' }))).toContain(
      'It is an AWS catalog: set catalog.sigv4.service to glue, s3tables or execute-api.',
    );
  });
});

describe('of the wrong address', () => {
  it('404 outside the protocol explains what catalog addresses look like', () => {
    expect(
      said('read the configuration', refusal(404, '<html>Not Found</html>')),
    ).toBe(`UserMistake: Read the configuration: the REST catalog at https://lake.example/api/catalog returned 404.
https://lake.example/api/catalog/v1/namespaces is not an Iceberg REST catalog. Most catalog URIs end with a path: /iceberg (AWS Glue, S3 Tables, Nessie), /api/catalog (Polaris), /catalog (Lakekeeper).`);
  });

  it('404 or 400 within the protocol is about the warehouse', () => {
    expect(
      said('read the configuration', iceberg(404, 'NotFoundException', 'Unable to find warehouse x'), {
        warehouse: 'x',
        subject: 'x',
      }),
    ).toContain(
      'returned 404: NotFoundException: Unable to find warehouse x.\nSet catalog.warehouse to a warehouse of the server; it does not accept "x".',
    );
    expect(said('read the configuration', iceberg(400, 'BadRequest', 'Please specify a warehouse'))).toContain(
      'Set catalog.warehouse: this server has several warehouses, or requires its name.',
    );
  });

  it('a redirect is not followed, but named', () => {
    expect(
      said('load a table', refusal(302, '', { location: 'https://login.example/?next=x' })),
    ).toBe(`UserMistake: Load a table: the REST catalog at https://lake.example/api/catalog returned a redirect: 302, to https://login.example/?next=x.
Set catalog.uri to the address in the redirect, if that is the catalog and not a login page.`);
  });

  it('a page instead of JSON is a proxy or a login page', () => {
    const context = {
      operation: 'load a table',
      address: 'https://x/v1',
      catalog: 'REST catalog at https://x',
      authMethod: 'none',
      timeoutMs: 1,
    } as const;
    expect(protocolError(context, 'text/html; charset=utf-8')).toMatchObject({
      name: 'UserMistake',
      message:
        'Load a table: the REST catalog at https://x returned text/html; charset=utf-8 instead of the JSON of the protocol.',
      cure: 'The response may come from a proxy or a login page; or catalog.uri is not the URI of the API.',
    });
    expect(protocolError({ ...context, operation: 'commit' }, 'text/html').name).toBe('CommitStateUnknown');
  });

  it('an unsupported operation of a catalog is reported as such', () => {
    expect(said('create a table', iceberg(406, 'UnsupportedOperationException', 'Not supported'))).toContain(
      'This catalog does not support the operation "create a table": use another catalog, or a newer server.',
    );
  });
});

describe('of the server', () => {
  it('a busy one gets the request again later', () => {
    expect(said('load a table', refusal(429, { message: 'Rate exceeded' }))).toContain(
      'StorageUnavailable: Load a table: the REST catalog at https://lake.example/api/catalog returned 429: Rate exceeded.',
    );
  });

  it('a failing one leaves the outcome of a commit unknown', () => {
    expect(said('commit', iceberg(503, 'SlowDownException', 'Slow down'))).toContain('CommitStateUnknown');
    expect(said('create a table', iceberg(500, 'ServerError', 'oops'))).toContain('StorageUnavailable');
  });

  it('messages are one line, of limited length, without stack traces', () => {
    const text = said('load a table', iceberg(400, 'BadRequestException', `one\n\ttwo ${'x'.repeat(2_000)}`));
    expect(text).toContain('BadRequestException: one two xxx');
    expect(text.length).toBeLessThan(900);
    expect(text).not.toContain('secret stack');
  });
});
