/** Requests to a REST catalog, and the handling of its answers: with our own server, for what a real one does not do. */
import type { Catalog, LoadedTable } from '../../../iceberg/catalog';
import { createRestCatalog, type RestCatalogDependencies } from '../../../iceberg/rest/rest-catalog';
import type { RestCatalogSettings } from '../../../iceberg/rest/settings';
import { createMemoryStore } from '../../../storage/memory';
import { AnsweringServer, type Asked, type Told } from '../../support/answering-server';
import { CREATE, loadBody, metadataAt, TABLE } from '../../support/rest-tables';

let server: AnsweringServer;
beforeEach(async () => {
  server = await AnsweringServer.start();
});
afterEach(() => server.close());

const NOT_FOUND: Told = { status: 404, body: { error: { message: 'no', type: 'NoSuchTableException', code: 404 } } };
const CONFLICT: Told = {
  status: 409,
  body: { error: { message: 'exists', type: 'AlreadyExistsException', code: 409 } },
};
const LOADED = loadBody(metadataAt('s3://bucket/w/events'));
const json = (body: string): Told => ({ body, headers: { 'content-type': 'application/json' } });

function open(settings: Partial<RestCatalogSettings> = {}, more: Partial<RestCatalogDependencies> = {}): Catalog {
  const openStore = (address: string) => createMemoryStore(address);
  const quick = { sleep: async () => {}, timeoutMs: 2_000 };
  return createRestCatalog({ uri: server.uri, ...settings }, { openStore, secrets: {}, ...quick, ...more });
}

/** Answers by the beginning of `METHOD /path`. */
function routes(table: Record<string, Told | ((asked: Asked) => Told)>): void {
  server.answer = (asked) => {
    const line = `${asked.method} ${asked.path}`;
    const found = Object.keys(table).filter((start) => line.startsWith(start));
    const told = table[found.sort((one, other) => other.length - one.length)[0]] ?? NOT_FOUND;
    return typeof told === 'function' ? told(asked) : told;
  };
}

describe('the configuration of the server', () => {
  it('is requested once, with the warehouse, and its prefix is used unchanged in every path', async () => {
    routes({ 'GET /v1/config': { body: { overrides: { prefix: 'catalogs/arn%3Aaws' } } }, 'GET /v1/': json(LOADED) });
    const catalog = open({ warehouse: 'arn:aws:s3tables:eu-west-1:1:bucket/b', prefix: 'mine' });
    await Promise.all([catalog.loadTable(TABLE), catalog.loadTable({ namespace: 'a.b c', name: 'x/y' })]);
    expect(server.lines.sort()).toEqual([
      'GET /v1/catalogs/arn%3Aaws/namespaces/a%1Fb%20c/tables/x%2Fy',
      'GET /v1/catalogs/arn%3Aaws/namespaces/logs/tables/events',
      'GET /v1/config?warehouse=arn%3Aaws%3As3tables%3Aeu-west-1%3A1%3Abucket%2Fb',
    ]);
  });

  it('has defaults of lower precedence than ours, and overrides of higher precedence', async () => {
    routes({
      'GET /v1/config': {
        body: { defaults: { prefix: 'low', 'header.X-Low': '1', 'header.X-Ours': 'low' }, overrides: {} },
      },
      'GET /v1/': json(LOADED),
    });
    await open({ prefix: 'ours', headers: { 'x-ours': 'ours' } }).loadTable(TABLE);
    expect(server.asked[1].path).toBe('/v1/ours/namespaces/logs/tables/events');
    expect(server.asked[1].headers).toMatchObject({ 'x-low': '1', 'x-ours': 'ours' });
    await open().loadTable(TABLE);
    expect(server.asked[3].path).toBe('/v1/low/namespaces/logs/tables/events');
  });

  it('that was not available is requested again by the next call', async () => {
    routes({ 'GET /v1/config': { status: 503 } });
    const catalog = open({}, { maxAttempts: 1 });
    await expect(catalog.loadTable(TABLE)).rejects.toMatchObject({ name: 'StorageUnavailable' });
    routes({ 'GET /v1/config': {}, 'GET /v1/n': json(LOADED) });
    expect(await catalog.loadTable(TABLE)).toBeDefined();
  });
});

describe('a table', () => {
  it('is created with its namespaces, without a location, in format version 2, partitioned by day', async () => {
    const created = loadBody(metadataAt('s3://bucket/w/events'));
    routes({
      'GET /v1/config': {},
      'GET /v1/namespaces/a': NOT_FOUND,
      'POST /v1/namespaces': CONFLICT,
      'POST /v1/namespaces/a%1Fb/tables': json(created),
    });
    const table = await open().ensureTable({ namespace: 'a.b', name: 't' }, { ...CREATE, properties: { p: 'q' } });
    expect(table.location).toBe('s3://bucket/w/events');
    expect(server.lines).toEqual([
      'GET /v1/config',
      'GET /v1/namespaces/a%1Fb/tables/t',
      'GET /v1/namespaces/a',
      'POST /v1/namespaces',
      'GET /v1/namespaces/a%1Fb',
      'POST /v1/namespaces',
      'POST /v1/namespaces/a%1Fb/tables',
    ]);
    expect(server.asked.slice(3, 6).map(({ body }) => body)).toEqual([
      '{"namespace":["a"],"properties":{}}',
      '',
      '{"namespace":["a","b"],"properties":{}}',
    ]);
    expect(JSON.parse(server.asked[6].body)).toEqual({
      name: 't',
      schema: CREATE.schema,
      'partition-spec': {
        'spec-id': 0,
        fields: [{ 'source-id': 1, 'field-id': 1000, name: 'ts_day', transform: 'day' }],
      },
      'stage-create': false,
      properties: { 'format-version': '2', p: 'q' },
    });
  });

  it('is created with a sort order', async () => {
    routes({
      'GET /v1/config': {},
      'GET /v1/namespaces/logs': {},
      'GET /v1/namespaces/logs/tables/events': NOT_FOUND,
      'POST /v1/namespaces/logs/tables': json(LOADED),
    });
    await open().ensureTable(TABLE, { ...CREATE, sortBy: ['ts'] });
    const field = { transform: 'identity', 'source-id': 1, direction: 'asc', 'null-order': 'nulls-first' };
    expect(JSON.parse(server.asked[3].body)).toMatchObject({ 'write-order': { 'order-id': 1, fields: [field] } });
  });

  it('that another client has created in the meantime is loaded', async () => {
    let loads = 0;
    routes({
      'GET /v1/config': {},
      'GET /v1/namespaces/logs': {},
      'GET /v1/namespaces/logs/tables/events': () => (loads++ === 0 ? NOT_FOUND : json(LOADED)),
      'POST /v1/namespaces/logs/tables': CONFLICT,
    });
    expect((await open().ensureTable(TABLE, CREATE)).metadata['table-uuid']).toBe(
      'b98734f9-e9eb-42f3-a9d9-ef5577e248cd',
    );
    expect(loads).toBe(2);
  });

  it('whose name is that of a view is refused with that reason', async () => {
    routes({
      'GET /v1/config': {},
      'GET /v1/namespaces/logs': {},
      'GET /v1/namespaces/logs/tables/events': NOT_FOUND,
      'POST /v1/namespaces/logs/tables': CONFLICT,
    });
    await expect(open().ensureTable(TABLE, CREATE)).rejects.toMatchObject({
      name: 'TableUnusable',
      cure: expect.stringContaining('A view or a table in another format may have that name'),
    });
  });

  const WANTS_LOCATION: Told = {
    status: 400,
    body: {
      error: {
        message: 'Location information cannot be null while creating an iceberg table',
        type: 'InvalidInputException',
        code: 400,
      },
    },
  };

  it.each([
    ['the configured place', { location: 's3://b/lake/' }, {}, ['s3://b/lake/logs/events']],
    [
      'the location of its namespace, if the catalog requires one',
      {},
      { location: 's3://db/x/' },
      [undefined, 's3://db/x/events'],
    ],
  ])('goes to %s', async (_name, settings, properties, locations) => {
    routes({
      'GET /v1/config': {},
      'GET /v1/namespaces/logs': { body: { namespace: ['logs'], properties } },
      'GET /v1/namespaces/logs/tables/events': NOT_FOUND,
      'POST /v1/namespaces/logs/tables': ({ body }) => (body.includes('"location"') ? json(LOADED) : WANTS_LOCATION),
    });
    await open(settings).ensureTable(TABLE, CREATE);
    const posted = server.asked.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body).location);
    expect(posted).toEqual(locations);
  });

  it.each([
    ['that is not configured', {}, 'Set catalog.location to s3://bucket/prefix'],
    ['that it does not accept', { location: 's3://b/lake' }, 'Correct catalog.location, or remove it'],
  ])('of a catalog that requires a location %s is refused with the cure', async (_name, settings, cure) => {
    routes({
      'GET /v1/config': {},
      'GET /v1/namespaces/logs': {},
      'GET /v1/namespaces/logs/tables/events': NOT_FOUND,
      'POST /v1/namespaces/logs/tables': WANTS_LOCATION,
    });
    await expect(open(settings).ensureTable(TABLE, CREATE)).rejects.toMatchObject({
      name: 'UserMistake',
      message: expect.stringContaining('Location information cannot be null'),
      cure: expect.stringContaining(cure),
    });
  });

  it('of another format version is refused, and so is an answer without metadata', async () => {
    const other = LOADED.replace('"format-version": 2', '"format-version": 3');
    routes({ 'GET /v1/config': {}, 'GET /v1/n': json(other) });
    await expect(open().loadTable(TABLE)).rejects.toMatchObject({
      name: 'TableUnusable',
      message: 'logs.events: The table has format version 3; Trailmill only supports version 2.',
    });
    routes({ 'GET /v1/config': {}, 'GET /v1/n': { body: { metadata: null } } });
    await expect(open().loadTable(TABLE)).rejects.toMatchObject({
      name: 'TableUnusable',
      message: "The catalog's response does not contain the metadata of logs.events, which the protocol requires.",
    });
  });

  it('does not count as absent if the warehouse is unknown, or if the response is a web page', async () => {
    const unknown = { error: { message: 'Warehouse gone', type: 'NoSuchWarehouseException', code: 404 } };
    routes({ 'GET /v1/config': {}, 'GET /v1/n': { status: 404, body: unknown } });
    await expect(open({ warehouse: 'w' }).loadTable(TABLE)).rejects.toMatchObject({
      name: 'UserMistake',
      cure: 'Set catalog.warehouse to a warehouse of the server; it does not accept "w".',
    });
    routes({ 'GET /v1/config': {}, 'GET /v1/n': { status: 404, body: '<html>' } });
    await expect(open().loadTable(TABLE)).rejects.toMatchObject({
      name: 'UserMistake',
      cure: expect.stringContaining('check catalog.uri and catalog.prefix'),
    });
    routes({ 'GET /v1/config': {}, 'GET /v1/n': NOT_FOUND });
    expect(await open().loadTable(TABLE)).toBeUndefined();
  });

  it('has a metadata location that changes with each commit, even if the server does not return it', async () => {
    const told = (sequence: bigint) =>
      json(
        loadBody(metadataAt('s3://b/t', { 'last-sequence-number': sequence })).replace(
          /"metadata-location":"[^"]*",/,
          '',
        ),
      );
    routes({ 'GET /v1/config': {}, 'GET /v1/n': told(1n) });
    const first = await open().loadTable(TABLE);
    routes({ 'GET /v1/config': {}, 'GET /v1/n': told(2n) });
    const second = await open().loadTable(TABLE);
    expect(first?.metadataLocation).not.toBe(second?.metadataLocation);
  });
});

describe('a commit', () => {
  const commit = async (catalog: Catalog, table?: LoadedTable) =>
    catalog.commit(
      table ?? ((await catalog.loadTable(TABLE)) as LoadedTable),
      [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': null }],
      [{ action: 'set-properties', updates: { a: 'b' } }],
    );
  const answering = (told: Told): void =>
    routes({ 'GET /v1/config': {}, 'GET /v1/namespaces/logs/tables/events': json(LOADED), 'POST /': told });

  it('sends its requirements and updates, and returns the table', async () => {
    const big = metadataAt('s3://bucket/w/events', { 'last-sequence-number': 9_223_372_036_854_775_807n });
    answering(json(loadBody(big)));
    const table = await commit(open());
    expect(table.metadata['last-sequence-number']).toBe(9_223_372_036_854_775_807n);
    expect(table.store.uri).toBe('memory://s3://bucket');
    expect(server.asked.at(-1)?.body).toBe(
      '{"requirements":[{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null}],' +
        '"updates":[{"action":"set-properties","updates":{"a":"b"}}]}',
    );
  });

  const refusal = (status: number, type: string, message: string): Told => ({
    status,
    body: { error: { message, type, code: status } },
  });
  it.each([
    ['409', refusal(409, 'CommitFailedException', 'Requirement failed')],
    ['404, as the table is gone', NOT_FOUND],
    [
      '400, as another branch took the sequence number',
      refusal(
        400,
        'ValidationException',
        'Cannot add snapshot with sequence number 3 older than last sequence number 3',
      ),
    ],
  ])('that lost (%s) is a conflict', async (_name, told) => {
    answering(told);
    await expect(commit(open())).rejects.toMatchObject({ name: 'CommitConflict' });
  });

  it.each([
    ['500', refusal(500, 'CommitStateUnknownException', 'who knows')],
    ['502', { status: 502, body: '<html>Bad Gateway' }],
    ['503, which may have been done in part', refusal(503, 'SlowDownException', 'Slow down')],
    ['504', { status: 504, body: '' }],
    ['a lost connection', { cut: true }],
    ['no answer in time', { silent: true }],
    ['a page', { body: '<html>welcome' }],
    ['nothing', { body: '' }],
  ])('with the response %s has an unknown outcome, and is not sent again', async (_name, told: Told) => {
    answering(told);
    await expect(commit(open({}, { timeoutMs: 300 }))).rejects.toMatchObject({ name: 'CommitStateUnknown' });
    expect(server.lines.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('that the server did not execute (429) is sent again, after the requested time', async () => {
    const waits: number[] = [];
    let tries = 0;
    answering({});
    const quiet = server.answer;
    server.answer = (asked) => {
      if (asked.method !== 'POST') return quiet(asked);
      return ++tries < 3 ? { status: 429, headers: { 'retry-after': '7' } } : json(LOADED);
    };
    const sleep = async (ms: number) => {
      waits.push(ms);
    };
    await commit(open({}, { sleep }));
    expect(waits).toEqual([7_000, 7_000]);
  });

  it('to an unreachable server was not sent', async () => {
    answering({});
    const catalog = open({}, { maxAttempts: 2 });
    const table = await catalog.loadTable(TABLE);
    await server.close();
    // A read detects that the kept connections are dead: a commit sent over one of them might have arrived.
    await expect(catalog.loadTable(TABLE)).rejects.toMatchObject({ name: 'StorageUnavailable' });
    await expect(commit(catalog, table)).rejects.toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
    });
    server = await AnsweringServer.start();
  });

  it.each([
    [400, 'TableUnusable'],
    [403, 'StorageAccessDenied'],
    [406, 'UserMistake'],
  ])('that the server refuses with %i stops', async (status, name) => {
    answering(refusal(status, 'X', 'no'));
    await expect(commit(open())).rejects.toMatchObject({
      name,
      message: expect.stringContaining(`returned ${status}: X: no.`),
    });
  });
});

describe('reads', () => {
  it('are retried with growing delays, or after the time that the server asks for', async () => {
    const waits: number[] = [];
    const told: Told[] = [
      { status: 500 },
      { cut: true },
      { status: 503, headers: { 'retry-after': '2' } },
      { status: 429, headers: { 'retry-after': new Date(Date.now() + 9_500).toUTCString() } },
      json(LOADED),
    ];
    routes({ 'GET /v1/config': {}, 'GET /v1/n': () => told.shift() as Told });
    const sleep = async (ms: number) => {
      waits.push(ms);
    };
    expect(await open({}, { sleep }).loadTable(TABLE)).toBeDefined();
    expect(waits).toHaveLength(4);
    expect(waits[0]).toBeLessThanOrEqual(200);
    expect(waits[2]).toBe(2_000);
    expect(waits[3]).toBeGreaterThan(6_000);
  });

  it('end with the last failure, and at once if the server asks for a long wait', async () => {
    routes({ 'GET /v1/config': {}, 'GET /v1/n': { status: 502, body: '<html>' } });
    await expect(open({}, { maxAttempts: 3 }).loadTable(TABLE)).rejects.toMatchObject({ name: 'StorageUnavailable' });
    expect(server.lines.filter((line) => line.includes('tables'))).toHaveLength(3);
    routes({ 'GET /v1/config': {}, 'GET /v1/n': { status: 503, headers: { 'retry-after': '3600' } } });
    await expect(open().loadTable(TABLE)).rejects.toMatchObject({ name: 'StorageUnavailable' });
    expect(server.lines.filter((line) => line.includes('tables'))).toHaveLength(4);
  });
});
