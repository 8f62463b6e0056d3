/** The locations of the files of a REST catalog's tables, and the credentials for them. */
import { fileAccessOf } from '../../../iceberg/rest/file-access';
import { createRestCatalog } from '../../../iceberg/rest/rest-catalog';
import { createMemoryStore } from '../../../storage/memory';
import type { CredentialProvider } from '../../../storage/s3/credentials';
import { AnsweringServer } from '../../support/answering-server';
import { loadBody, metadataAt, TABLE } from '../../support/rest-tables';

const NOW = 1_800_000_000_000;
const KEYS = { 's3.access-key-id': 'AK', 's3.secret-access-key': 'SK' };
const accessOf = (words: object, defaults: object = {}) =>
  fileAccessOf(
    { location: 's3://bucket/a/b', config: undefined, storageCredentials: undefined, ...words },
    { properties: {}, now: NOW, ...defaults },
  );

describe('a place', () => {
  it.each([
    ['s3://bucket/w/t', 's3://bucket'],
    ['s3a://bucket/w/t', 's3://bucket'],
    ['s3n://63a8e430--table-s3', 's3://63a8e430--table-s3'],
    ['file:///srv/w/t', 'file:///'],
    ['file:/srv/w/t', 'file:///'],
    ['/srv/w/t', 'file:///'],
  ])('%s is opened at its root, %s', (location, address) => {
    expect(accessOf({ location })).toEqual({ address });
  });

  it('of another scheme cannot be used', () => {
    expect(() => accessOf({ location: 'gs://bucket/x' })).toThrow(
      "The table's files are at gs://bucket/x; this version supports only s3: and file:.",
    );
  });
});

describe('how to access it', () => {
  it('comes from the table, then the server, then the configuration', () => {
    const s3 = { region: 'ours', endpoint: 'http://ours:1', requesterPays: true, profile: 'p' };
    const properties = { 's3.region': 'servers', 's3.endpoint': 'http://server:2/' };
    const config = { 's3.endpoint': 'http://table:3', 's3.path-style-access': 'TRUE' };
    expect(accessOf({}, { s3 }).address).toBe(
      's3://bucket?region=ours&endpoint=http://ours:1&profile=p&requester_pays=true',
    );
    expect(accessOf({}, { s3, properties }).address).toContain('region=servers&endpoint=http://server:2&');
    expect(accessOf({ config }, { s3, properties }).address).toContain(
      'region=servers&endpoint=http://table:3&path_style=true',
    );
    expect(accessOf({ config: { 'client.region': 'a', 's3.region': 'b' } }).address).toBe('s3://bucket?region=a');
  });

  it('a configured profile or role is ignored with vended credentials', () => {
    const s3 = { profile: 'p', roleArn: 'r', externalId: 'e1', roleSessionName: 'n1', region: 'x' };
    expect(accessOf({ config: KEYS }, { s3 }).address).toBe('s3://bucket?region=x');
  });
});

describe('vended credentials', () => {
  it('of the longest matching prefix come first, then those of the table, then none', () => {
    const of = (prefix: string, key: string) => ({ prefix, config: { ...KEYS, 's3.access-key-id': key } });
    const storageCredentials = [of('s3', 'short'), of('s3a://bucket/a/', 'long'), of('s3://bucket/other', 'other')];
    expect(accessOf({ storageCredentials, config: KEYS }).credentials?.accessKeyId).toBe('long');
    expect(accessOf({ storageCredentials: [of('s3://elsewhere', 'x')], config: KEYS }).credentials?.accessKeyId).toBe(
      'AK',
    );
    expect(accessOf({ config: { 's3.access-key-id': 'half' } }).credentials).toBeUndefined();
  });

  it('expire at their expiration; with a session token but no expiration, after a quarter of an hour', () => {
    expect(accessOf({ config: KEYS }).credentials).toEqual({ accessKeyId: 'AK', secretAccessKey: 'SK' });
    const session = { ...KEYS, 's3.session-token': 'ST' };
    expect(accessOf({ config: session }).credentials).toEqual({
      accessKeyId: 'AK',
      secretAccessKey: 'SK',
      sessionToken: 'ST',
      expiration: new Date(NOW + 900_000),
    });
    const told = { ...session, 's3.session-token-expires-at-ms': String(NOW + 1_000) };
    expect(accessOf({ config: told }).credentials?.expiration).toEqual(new Date(NOW + 1_000));
  });
});

describe('the store of a table', () => {
  let server: AnsweringServer;
  let clock: number;
  let issued: number;
  let vending: boolean;
  beforeEach(async () => {
    clock = NOW;
    issued = 0;
    vending = true;
    server = await AnsweringServer.start();
    server.answer = ({ path, headers }) => {
      if (path.startsWith('/v1/config')) return {};
      const name = path.replace(/.*\//, '');
      const config =
        vending && headers['x-iceberg-access-delegation'] === 'vended-credentials'
          ? {
              's3.access-key-id': `${name}-${++issued}`,
              's3.secret-access-key': 'SK',
              's3.session-token': 'ST',
              's3.session-token-expires-at-ms': clock + 3_600_000,
            }
          : {};
      return {
        body: loadBody(metadataAt(`s3://bucket/w/${name}`), { config }),
        headers: { 'content-type': 'application/json' },
      };
    };
  });
  afterEach(() => server.close());

  function open(accessDelegation?: boolean) {
    const opened: { address: string; credentials?: CredentialProvider }[] = [];
    const catalog = createRestCatalog(
      { uri: server.uri, accessDelegation, s3: { region: 'eu-west-1' } },
      {
        secrets: {},
        now: () => clock,
        openStore: (address, credentials) => {
          opened.push({ address, credentials });
          return createMemoryStore(address);
        },
      },
    );
    return { catalog, opened };
  }

  it('is opened once, with its own credentials, which are renewed before they expire', async () => {
    const { catalog, opened } = open();
    const first = await catalog.loadTable(TABLE);
    expect((await catalog.loadTable(TABLE))?.store).toBe(first?.store);
    expect(opened).toHaveLength(1);
    const { address, credentials: provide } = opened[0];
    expect(address).toBe('s3://bucket?region=eu-west-1');
    // Those that came along with the second load.
    expect(await provide?.()).toMatchObject({ accessKeyId: 'events-2', sessionToken: 'ST' });
    clock += 3_000_000;
    expect(await provide?.()).toMatchObject({ accessKeyId: 'events-2' });
    clock += 301_000;
    const renewed = await Promise.all([provide?.(), provide?.()]);
    expect(renewed.map((one) => one?.accessKeyId)).toEqual(['events-3', 'events-3']);
    expect(renewed[0]?.expiration).toEqual(new Date(clock + 3_600_000));
    // Without the catalog, they are used until they expire.
    vending = false;
    clock += 3_590_000;
    expect(await provide?.()).toMatchObject({ accessKeyId: 'events-3' });
    clock += 10_000;
    await expect(provide?.()).rejects.toMatchObject({
      name: 'StorageAccessDenied',
      message: 'The catalog no longer returns credentials for the files of logs.events.',
    });
  });

  it('is not shared with a table that got other credentials', async () => {
    const { catalog, opened } = open();
    await catalog.loadTable(TABLE);
    await catalog.loadTable({ ...TABLE, name: 'other' });
    const keys = await Promise.all(opened.map(({ credentials }) => credentials?.()));
    expect(keys.map((one) => one?.accessKeyId)).toEqual(['events-1', 'other-2']);
  });

  it('is shared if the catalog vends nothing, or is not requested to', async () => {
    const { catalog, opened } = open(false);
    const [one, other] = [await catalog.loadTable(TABLE), await catalog.loadTable({ ...TABLE, name: 'other' })];
    expect(one?.store).toBe(other?.store);
    expect(opened).toEqual([{ address: 's3://bucket?region=eu-west-1', credentials: undefined }]);
    expect(issued).toBe(0);
  });
});
