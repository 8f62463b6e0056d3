/** Each method of authentication at a REST catalog, and that no one else gets its secrets. */
import { createHash, createHmac } from 'node:crypto';
import { regionInHost } from '../../../aws/regions';
import type { Catalog, LoadedTable } from '../../../iceberg/catalog';
import { AUTHORIZATION } from '../../../iceberg/rest/authentication';
import { createRestCatalog, type RestCatalogDependencies } from '../../../iceberg/rest/rest-catalog';
import { catalogSecrets, type RestCatalogSettings } from '../../../iceberg/rest/settings';
import { createMemoryStore } from '../../../storage/memory';
import { AnsweringServer, type Asked } from '../../support/answering-server';
import { loadBody, metadataAt, TABLE } from '../../support/rest-tables';

let server: AnsweringServer;
let clock: number;
beforeEach(async () => {
  clock = 1_800_000_000_000;
  server = await AnsweringServer.start();
});
afterEach(() => server.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const LOADED = loadBody(metadataAt('s3://bucket/w/events'));
const DENIED = {
  status: 401,
  body: { error: { message: 'Not authorized', type: 'NotAuthorizedException', code: 401 } },
};

function open(settings: Partial<RestCatalogSettings>, more: Partial<RestCatalogDependencies>) {
  return createRestCatalog(
    { uri: server.uri, ...settings },
    {
      openStore: (address) => createMemoryStore(address),
      secrets: {},
      sleep: async () => {},
      now: () => clock,
      ...more,
    },
  );
}

const loaded = async (catalog: Catalog) => (await catalog.loadTable(TABLE)) as LoadedTable;

/** The server accepts only requests with this token. */
function wanting(token: () => string, tokenAnswer: (asked: Asked) => object): void {
  server.answer = (asked) => {
    if (asked.path.endsWith('/tokens')) return tokenAnswer(asked);
    if (asked.headers.authorization !== `Bearer ${token()}`) return DENIED;
    return asked.path.startsWith('/v1/config') ? {} : { body: LOADED, headers: JSON_TYPE };
  };
}
const tokensAsked = (): string[] => server.asked.filter(({ path }) => path.endsWith('/tokens')).map(({ body }) => body);

describe('with OAuth2', () => {
  it('a token is requested with the id and the secret, once for all requests, and again before it expires', async () => {
    let given = 0;
    wanting(
      () => `t${given}`,
      () => ({ body: { access_token: `t${++given}`, token_type: 'bearer', expires_in: 3600 } }),
    );
    const catalog = open({ oauth2: { scope: 'PRINCIPAL_ROLE:ALL' } }, { secrets: { credential: 'me:my:s3cret&' } });
    await Promise.all([1, 2, 3].map(() => catalog.loadTable(TABLE)));
    expect(tokensAsked()).toEqual([
      'grant_type=client_credentials&client_id=me&client_secret=my%3As3cret%26&scope=PRINCIPAL_ROLE%3AALL',
    ]);
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      path: '/v1/oauth/tokens',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    clock += 3_530_000;
    await catalog.loadTable(TABLE);
    expect(given).toBe(1);
    clock += 15_000;
    await Promise.all([1, 2, 3].map(() => catalog.loadTable(TABLE)));
    expect(given).toBe(2);
  });

  it('a token that the server revokes is replaced, once; the rejected request is sent again', async () => {
    let [given, wanted] = [0, 1];
    wanting(
      () => `t${wanted}`,
      () => ({ body: { access_token: `t${++given}` } }),
    );
    const catalog = open({}, { secrets: { credential: 'me:secret' } });
    await catalog.loadTable(TABLE);
    wanted = 2;
    await Promise.all([1, 2, 3].map(() => catalog.loadTable(TABLE)));
    expect(given).toBe(2);
    await catalog.commit(await loaded(catalog), [], []);
    wanted = 99;
    await expect(catalog.loadTable(TABLE)).rejects.toMatchObject({
      name: 'StorageAccessDenied',
      cure: 'The server rejected two tokens obtained with TRAILMILL_CATALOG_CREDENTIAL: check scope, audience and server_uri in catalog.oauth2.',
    });
    expect(given).toBe(3);
  });

  it('another server issues the tokens and gets no other request; its errors are reported with the cure', async () => {
    const issuer = await AnsweringServer.start();
    try {
      const oauth2 = { serverUri: `${issuer.uri}/realms/x/token`, audience: 'lake' };
      const catalog = open({ oauth2, headers: { 'x-project': 'p' } }, { secrets: { credential: 'me:hunter2000' } });
      issuer.answer = () => ({
        status: 401,
        body: { error: 'invalid_client', error_description: 'Unknown client me with hunter2000' },
      });
      await expect(catalog.loadTable(TABLE)).rejects.toMatchObject({
        name: 'StorageAccessDenied',
        message: `Get a token: the REST catalog at ${server.uri} returned 401: invalid_client: Unknown client me with (secret).`,
        cure: expect.stringContaining('Set TRAILMILL_CATALOG_CREDENTIAL to the client-id:client-secret'),
      });
      issuer.answer = () => ({ status: 404, body: '<html>' });
      await expect(catalog.loadTable(TABLE)).rejects.toMatchObject({
        name: 'UserMistake',
        cure: expect.stringContaining('set catalog.oauth2.server_uri'),
      });
      issuer.answer = () => ({ body: { hello: 1 } });
      await expect(catalog.loadTable(TABLE)).rejects.toMatchObject({
        name: 'UserMistake',
        message: expect.stringContaining('no access_token'),
      });
      expect(issuer.asked[0].headers).not.toHaveProperty('x-project');
      expect(issuer.asked[0].body).toContain('&scope=catalog&audience=lake');
      expect(server.asked).toEqual([]);
    } finally {
      await issuer.close();
    }
  });
});

describe('with a bearer token', () => {
  it('every request has it, and a rejection names its source', async () => {
    wanting(
      () => 'abcdef',
      () => ({}),
    );
    const secrets = catalogSecrets({ TRAILMILL_CATALOG_TOKEN: ' abcdef ', TRAILMILL_CATALOG_CREDENTIAL: '' });
    expect(await open({}, { secrets }).loadTable(TABLE)).toBeDefined();
    await expect(open({}, { secrets: { token: 'other' } }).loadTable(TABLE)).rejects.toMatchObject({
      name: 'StorageAccessDenied',
      cure: expect.stringContaining('The token in TRAILMILL_CATALOG_TOKEN'),
    });
    expect(tokensAsked()).toEqual([]);
  });
});

describe('secrets', () => {
  it('are in no message and in no cause, even if a server repeats them', async () => {
    server.answer = ({ headers }) => ({
      status: 403,
      body: { error: { message: `You sent ${headers.authorization}` } },
    });
    const error = await open({}, { secrets: { token: 'tops3cret' } })
      .loadTable(TABLE)
      .catch((caught: Error) => caught);
    expect(String((error as Error).message)).toContain('You sent Bearer (secret)');
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 9 })).not.toContain('tops3cret');
  });

  it('in settings are refused', () => {
    expect(() => open({ uri: 'https://me:pw@host/x' }, {})).toThrow(
      'catalog.uri, at host, contains a user name or password.',
    );
    expect(() => open({ headers: { Authorization: 'Bearer x' } }, {})).toThrow(
      'catalog.headers contains an Authorization',
    );
  });

  it('of two kinds are refused', () => {
    expect(() => open({ sigv4: { service: 'glue' } }, { secrets: { token: 'x' } })).toThrow(
      '2 authentication methods are configured for the REST catalog: catalog.sigv4 and TRAILMILL_CATALOG_TOKEN.',
    );
    expect(() => open({}, { secrets: { token: 'x', credential: 'a:b' } })).toThrow('2 authentication methods');
  });

  it.each([['ftp://x/'], ['https://x/?a=b'], ['host:8181'], ['']])('and %p is no address', (uri) => {
    expect(() => open({ uri }, {})).toThrow('catalog.uri');
  });

  it('the address may end in /v1 or a slash', () => {
    expect(open({ uri: 'https://host/api/catalog/v1/' }, {}).description).toBe(
      'REST catalog at https://host/api/catalog',
    );
  });
});

/** Signature Version 4, computed a second time from what arrived (IAM user guide, "Create a signed request"). */
function signatureOf(asked: Asked, secretKey: string): string {
  const [, scope, signedHeaders] = /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+), Signature=/.exec(
    asked.headers.authorization ?? '',
  ) as unknown as string[];
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const [path, query = ''] = asked.path.split('?');
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  const canonical = [
    asked.method,
    // Every service but S3 encodes the path a second time.
    path.split('/').map(encode).join('/'),
    query.split('&').sort().join('&'),
    ...signedHeaders.split(';').map((name) => `${name}:${String(asked.headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    sha256(asked.body),
  ].join('\n');
  const [date, region, service] = scope.split('/');
  const toSign = ['AWS4-HMAC-SHA256', asked.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = ['aws4_request', service, region, date].reduceRight<string | Buffer>(hmac, `AWS4${secretKey}`);
  return hmac(key, toSign).toString('hex');
}

describe('with signatures of AWS', () => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const signed = ({ headers }: Asked) => /Signature=(.*)$/.exec(headers.authorization ?? '')?.[1];

  it('the second computation gives the signature that AWS has published', () => {
    // https://docs.aws.amazon.com/general/latest/gr/sigv4-create-string-to-sign.html, the example of IAM's ListUsers
    const asked: Asked = {
      method: 'GET',
      path: '/?Action=ListUsers&Version=2010-05-08',
      headers: {
        host: 'iam.amazonaws.com',
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'x-amz-date': '20150830T123600Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=',
      },
      body: '',
    };
    expect(signatureOf(asked, credentials.secretAccessKey)).toBe(
      '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });

  it('every request is signed as it arrives: host, query, encoded path, body and session token', async () => {
    server.answer = ({ path }) =>
      path.startsWith('/iceberg/v1/config')
        ? { body: { overrides: { prefix: 'arn%3Aaws%3As3tables%3Aeu-west-1%3A1%3Abucket%2Fb' } } }
        : { body: LOADED, headers: JSON_TYPE };
    const awsCredentials = async () => ({ ...credentials, sessionToken: 'the/token==' });
    const catalog = open(
      {
        uri: `${server.uri}/iceberg`,
        warehouse: 'arn:aws:s3tables:eu-west-1:1:bucket/b (1)*',
        sigv4: { service: 's3tables', region: 'eu-west-1' },
      },
      { awsCredentials },
    );
    await catalog.loadTable({ namespace: 'a.b', name: "it's (1) ~täble" });
    await catalog.commit(await loaded(catalog), [{ type: 'assert-table-uuid', uuid: 'ü' }], []);
    expect(server.asked).toHaveLength(4);
    for (const asked of server.asked) {
      expect(asked.headers.authorization).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/s3tables\//,
      );
      expect(asked.headers.authorization).toMatch(
        /SignedHeaders=[^,]*host;[^,]*x-amz-content-sha256;x-amz-date;x-amz-security-token/,
      );
      expect(asked.headers['x-amz-security-token']).toBe('the/token==');
      expect(signed(asked)).toBe(signatureOf(asked, credentials.secretAccessKey));
    }
    expect(server.asked[3].headers[AUTHORIZATION]).toContain('SignedHeaders=accept;content-type;host');
  });

  it('credentials that expire are requested again, others once', async () => {
    server.answer = ({ path }) => (path.startsWith('/v1/config') ? {} : { body: LOADED, headers: JSON_TYPE });
    let given = 0;
    const settings = { sigv4: { service: 'glue', region: 'eu-west-1' } };
    const ending = async () => ({
      ...credentials,
      sessionToken: `${++given}`,
      expiration: new Date(Date.now() + 60_000),
    });
    const catalog = open(settings, { awsCredentials: ending });
    await catalog.loadTable(TABLE);
    const before = given;
    await catalog.loadTable(TABLE);
    expect(given).toBeGreaterThan(before);
    expect(server.asked.at(-1)?.headers['x-amz-security-token']).toBe(String(given));
    given = 0;
    const lasting = open(settings, { awsCredentials: async () => ({ ...credentials, sessionToken: `${++given}` }) });
    await lasting.loadTable(TABLE);
    expect(given).toBe(1);
  });

  it.each([
    ['https://glue.eu-west-1.amazonaws.com/iceberg', 'eu-west-1'],
    ['https://glue-fips.us-gov-west-1.amazonaws.com/iceberg', 'us-gov-west-1'],
    ['https://s3tables.cn-north-1.amazonaws.com.cn/iceberg', 'cn-north-1'],
    ['https://glue.eusc-de-east-1.amazonaws.eu/iceberg', 'eusc-de-east-1'],
    ['https://glue.us-isob-east-1.sc2s.sgov.gov/iceberg', 'us-isob-east-1'],
    ['https://abc123.execute-api.us-east-2.amazonaws.com/stage', 'us-east-2'],
    ['https://catalog.example.com/', undefined],
  ])('the region of %s is %s', (uri, region) => {
    expect(regionInHost(new URL(uri).hostname)).toBe(region);
  });

  it('without AWS credentials, the message says where to set them', async () => {
    const awsCredentials = async () => {
      throw new Error('Could not load credentials from any providers');
    };
    await expect(
      open({ sigv4: { service: 'glue', region: 'eu-west-1' } }, { awsCredentials }).loadTable(TABLE),
    ).rejects.toMatchObject({
      name: 'StorageAccessDenied',
      message: expect.stringMatching(
        /^No AWS credentials were found to sign requests to 127.0.0.1:\d+: Could not load/,
      ),
      cure: expect.stringContaining('AWS_PROFILE'),
    });
  });
});
