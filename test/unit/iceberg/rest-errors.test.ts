/** What a newcomer reads when a REST catalog does not do what it was asked, one message for each cause. */
import type { AuthMethod } from '../../../iceberg/rest/authentication';
import { errorOf, notTheProtocol, type Operation, type RequestContext } from '../../../iceberg/rest/errors';
import { noAnswerOf, type RequestFailure, refusalOf } from '../../../iceberg/rest/failure';

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
  refusalOf(status, new Headers(headers), typeof body === 'string' ? body : JSON.stringify(body), 0);
const iceberg = (status: number, type: string, message: string): RequestFailure =>
  refusal(status, { error: { message, type, code: status, stack: ['secret stack'] } });
const fetchFailed = (code: string, message: string): RequestFailure =>
  noAnswerOf(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(message), { code }) }));

describe('without an answer', () => {
  it('the host is named, and work is tried again', () => {
    expect(
      said('load a table', fetchFailed('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:443')),
    ).toBe(`StorageUnavailable: The REST catalog at https://lake.example/api/catalog, asked to load a table, cannot be reached: lake.example gives no connection (ECONNREFUSED).
See whether the server runs, and whether catalog.uri names the right host and port: https://lake.example/api/catalog/v1/namespaces`);
    expect(said('commit', fetchFailed('ENOTFOUND', 'getaddrinfo'))).toContain(
      'StorageUnavailable: The REST catalog at https://lake.example/api/catalog, asked to commit, cannot be found: nobody knows the name lake.example.',
    );
  });

  it('for want of trust, it says how to trust, or to speak without TLS', () => {
    expect(
      said('load a table', fetchFailed('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate')),
    ).toBe(`UserMistake: The REST catalog at https://lake.example/api/catalog, asked to load a table, shows a certificate that is not trusted: lake.example (SELF_SIGNED_CERT_IN_CHAIN: self-signed certificate).
Set NODE_EXTRA_CA_CERTS to the file of the authority that issued it, or correct the host in catalog.uri.`);
    expect(said('commit', fetchFailed('ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'))).toMatch(
      /^UserMistake: .* speaks no TLS: lake.example .*\nWrite http:\/\/ in catalog.uri/,
    );
  });

  it('to a commit the end is unknown, to a read it is worth another try', () => {
    const late: RequestFailure = { kind: 'timeout', code: 'ETIMEDOUT', message: '' };
    expect(said('commit', late)).toContain('CommitStateUnknown: The REST catalog');
    expect(said('load a table', late)).toContain(
      'StorageUnavailable: The REST catalog at https://lake.example/api/catalog, asked to load a table, gave no answer within 60 s.',
    );
    expect(said('commit', fetchFailed('UND_ERR_SOCKET', 'other side closed'))).toContain('CommitStateUnknown');
    expect(said('load a table', fetchFailed('ECONNRESET', 'read ECONNRESET'))).toContain(
      'the connection to lake.example ended (ECONNRESET).',
    );
  });
});

describe('of who we are', () => {
  it.each<[AuthMethod, string]>([
    [
      'none',
      'The request said nothing of who we are. Set TRAILMILL_CATALOG_CREDENTIAL (client-id:client-secret) or TRAILMILL_CATALOG_TOKEN in the environment of every worker, or catalog.sigv4 for AWS.',
    ],
    [
      'token',
      'It was asked with the token of TRAILMILL_CATALOG_TOKEN, which is wrong or has ended: set a new one and start the workers again, or TRAILMILL_CATALOG_CREDENTIAL, with which tokens are renewed.',
    ],
    [
      'oauth2',
      'It was asked with a token got with TRAILMILL_CATALOG_CREDENTIAL, twice: look at scope, audience and server_uri of catalog.oauth2.',
    ],
    ['sigv4', 'It was asked with a signature of AWS: it may want OAuth2 instead; then take catalog.sigv4 out.'],
  ])('401 says what was sent (%s) and what to set', (authMethod, cure) => {
    expect(
      said('load a table', iceberg(401, 'NotAuthorizedException', 'Not authorized'), { authMethod, subject: 'a.b' }),
    ).toBe(
      `StorageAccessDenied: The REST catalog at https://lake.example/api/catalog, asked to load a table (a.b), said 401: NotAuthorizedException: Not authorized.\n${cure}`,
    );
    expect(said('load a table', refusal(419, ''), { authMethod })).toContain(cure);
  });

  it.each<[Operation, string]>([
    ['read its configuration', 'glue:GetCatalog'],
    ['load a table', 'glue:GetTable'],
    ['look up a namespace', 'glue:GetDatabase'],
    ['create a namespace', 'or create it yourself'],
    ['create a table', 'TABLE_CREATE'],
    ['commit', 'TABLE_WRITE_PROPERTIES'],
  ])('403 to "%s" names the right', (operation, right) => {
    const text = said(operation, iceberg(403, 'ForbiddenException', 'Principal x is not authorized'));
    expect(text).toMatch(
      /^StorageAccessDenied: .* said 403: ForbiddenException: Principal x is not authorized\.\nWhoever runs the worker needs /,
    );
    expect(text).toContain(right);
  });

  it.each([
    ['Signature expired: 20261125T0000Z is now earlier than …', "Set this machine's clock"],
    [
      'Credential should be scoped to a valid region.',
      'Look at catalog.sigv4: service (glue, s3tables or execute-api) and region',
    ],
    ['The request signature we calculated does not match the signature you provided.', 'Look at catalog.sigv4'],
    [
      'The security token included in the request is expired',
      'The AWS credentials of this process are wrong or have ended',
    ],
    [
      'User: arn:aws:iam::1:user/x is not authorized to perform: glue:GetTable',
      'Whoever runs the worker needs the reading of the table',
    ],
  ])('403 of AWS (%s) says which of its many causes', (message, cure) => {
    // API Gateway in front of AWS' services has a form of its own.
    expect(
      said('load a table', refusal(403, { Message: message }, { 'x-amzn-errortype': 'X:http://y' }), {
        authMethod: 'sigv4',
      }),
    ).toContain(cure);
  });

  it('403 of AWS to a request without a signature says how to sign', () => {
    expect(said('read its configuration', refusal(403, { message: 'Missing Authentication Token' }))).toContain(
      'It is a catalog of AWS: set catalog.sigv4.service to glue, s3tables or execute-api.',
    );
  });
});

describe('of the wrong address', () => {
  it('404 without the protocol says what the addresses of catalogs look like', () => {
    expect(
      said('read its configuration', refusal(404, '<html>Not Found</html>')),
    ).toBe(`UserMistake: The REST catalog at https://lake.example/api/catalog, asked to read its configuration, said 404.
There is no Iceberg REST catalog at https://lake.example/api/catalog/v1/namespaces. The address of most ends in a path: /iceberg (AWS Glue, S3 Tables, Nessie), /api/catalog (Polaris), /catalog (Lakekeeper).`);
  });

  it('404 or 400 with the protocol is about the warehouse', () => {
    expect(
      said('read its configuration', iceberg(404, 'NotFoundException', 'Unable to find warehouse x'), {
        warehouse: 'x',
        subject: 'x',
      }),
    ).toContain(
      'said 404: NotFoundException: Unable to find warehouse x.\nSet catalog.warehouse to one that the server has; it does not take "x".',
    );
    expect(said('read its configuration', iceberg(400, 'BadRequest', 'Please specify a warehouse'))).toContain(
      'Set catalog.warehouse: this server has several, or wants its one to be named.',
    );
  });

  it('a redirect is not followed, but named', () => {
    expect(
      said('load a table', refusal(302, '', { location: 'https://login.example/?next=x' })),
    ).toBe(`UserMistake: The REST catalog at https://lake.example/api/catalog, asked to load a table, sends us elsewhere: 302, to https://login.example/?next=x.
Set catalog.uri to the address that it names, if that is the catalog and not a login page.`);
  });

  it('a page instead of JSON is a proxy or a login page', () => {
    const context = {
      operation: 'load a table',
      address: 'https://x/v1',
      catalog: 'REST catalog at https://x',
      authMethod: 'none',
      timeoutMs: 1,
    } as const;
    expect(notTheProtocol(context, 'text/html; charset=utf-8')).toMatchObject({
      name: 'UserMistake',
      message:
        'The REST catalog at https://x, asked to load a table, answered with text/html; charset=utf-8, not with the JSON of the protocol.',
      cure: 'A proxy or a login page may stand in front of it; or catalog.uri is not the one of the API.',
    });
    expect(notTheProtocol({ ...context, operation: 'commit' }, 'text/html').name).toBe('CommitStateUnknown');
  });

  it('what a catalog does not offer is told as that', () => {
    expect(said('create a table', iceberg(406, 'UnsupportedOperationException', 'Not supported'))).toContain(
      'This catalog does not let us create a table: use another one, or a newer server.',
    );
  });
});

describe('of the server', () => {
  it('a busy one is asked again later', () => {
    expect(said('load a table', refusal(429, { message: 'Rate exceeded' }))).toContain(
      'StorageUnavailable: The REST catalog at https://lake.example/api/catalog, asked to load a table, said 429: Rate exceeded.',
    );
  });

  it('a broken one leaves the end of a commit unknown', () => {
    expect(said('commit', iceberg(503, 'SlowDownException', 'Slow down'))).toContain('CommitStateUnknown');
    expect(said('create a table', iceberg(500, 'ServerError', 'oops'))).toContain('StorageUnavailable');
  });

  it('messages are one line, of a bearable length, without stacks', () => {
    const text = said('load a table', iceberg(400, 'BadRequestException', `one\n\ttwo ${'x'.repeat(2_000)}`));
    expect(text).toContain('BadRequestException: one two xxx');
    expect(text.length).toBeLessThan(900);
    expect(text).not.toContain('secret stack');
  });
});
