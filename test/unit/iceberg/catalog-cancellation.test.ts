/** A cancelled call of the catalog ends at once, whatever the server or the store is doing. */
import { type AppendRequest, appendManifests } from '../../../iceberg/append';
import type { Catalog, LoadedTable, TableUpdate } from '../../../iceberg/catalog';
import { evolveTable } from '../../../iceberg/evolve-table';
import { parseJson } from '../../../iceberg/json';
import type { TableMetadata } from '../../../iceberg/metadata';
import { createRestCatalog, type RestCatalogDependencies } from '../../../iceberg/rest/rest-catalog';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { applyUpdates } from '../../../iceberg/updates';
import { abortableDelay, untilAborted } from '../../../storage/cancellation';
import { createMemoryStore } from '../../../storage/memory';
import type { ObjectStore } from '../../../storage/object-store';
import { AnsweringServer, type Asked, type Told } from '../../support/answering-server';
import { manifestOf } from '../../support/appends';
import { CREATE, loadBody, metadataAt, TABLE } from '../../support/rest-tables';

const REASON = new Error('the activity was cancelled');
const never = (): Promise<never> => new Promise(() => {});
const json = (body: string): Told => ({ body, headers: { 'content-type': 'application/json' } });

/** All calls of a catalog, each with the parts of a loaded table that it needs. */
const CALLS: [name: string, call: (catalog: Catalog, table: LoadedTable, signal: AbortSignal) => Promise<unknown>][] = [
  ['loadTable', (catalog, _, signal) => catalog.loadTable(TABLE, signal)],
  ['ensureTable', (catalog, _, signal) => catalog.ensureTable(TABLE, CREATE, signal)],
  ['commit', (catalog, table, signal) => catalog.commit(table, [], [], signal)],
];

describe('waits', () => {
  it('end with the reason of the signal, even waits for something that never ends', async () => {
    const { signal, controller } = aborter();
    const waits = [abortableDelay(1_000_000, signal), untilAborted(never(), signal)];
    controller.abort(REASON);
    for (const wait of waits) await expect(wait).rejects.toBe(REASON);
    await expect(abortableDelay(1_000_000, signal)).rejects.toBe(REASON);
    await expect(untilAborted(never(), signal)).rejects.toBe(REASON);
  });

  it('that end by themselves leave no listener behind', async () => {
    const { signal } = aborter();
    const [added, removed] = [jest.spyOn(signal, 'addEventListener'), jest.spyOn(signal, 'removeEventListener')];
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(untilAborted(Promise.reject(REASON), signal)).rejects.toBe(REASON);
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed).toHaveBeenCalledTimes(2);
  });
});

function aborter(): { controller: AbortController; signal: AbortSignal } {
  const controller = new AbortController();
  return { controller, signal: controller.signal };
}

describe('a REST catalog', () => {
  let server: AnsweringServer;
  let metadata: TableMetadata;
  let store: ObjectStore;
  beforeEach(async () => {
    server = await AnsweringServer.start();
    metadata = metadataAt('s3://bucket/w/events');
    store = Object.assign(Object.create(createMemoryStore('bucket')) as ObjectStore, { uri: 's3://bucket' });
    server.answer = answer;
  });
  afterEach(() => server.close());

  function open(more: Partial<RestCatalogDependencies> = {}): Catalog {
    return createRestCatalog({ uri: server.uri }, { openStore: () => store, secrets: {}, ...more });
  }

  /** A catalog of one table, which executes commits. */
  function answer({ method, path, body }: Asked): Told {
    if (path.startsWith('/v1/config')) return {};
    if (path.endsWith('/tokens')) return { body: { access_token: 'token' } };
    if (method === 'POST') {
      const { updates } = parseJson(body) as { updates: TableUpdate[] };
      metadata = applyUpdates(metadata, updates, { now: 1_700_000_000_001, previousLocation: 's3://bucket/1.json' });
    }
    return json(loadBody(metadata));
  }

  const loaded = async (catalog: Catalog) => (await catalog.loadTable(TABLE)) as LoadedTable;

  it.each(CALLS)('sends nothing for %s when the signal is already aborted', async (_name, call) => {
    const table = await loaded(open());
    const before = server.asked.length;
    await expect(call(open(), table, AbortSignal.abort(REASON))).rejects.toBe(REASON);
    const warm = open();
    await warm.loadTable(TABLE);
    await expect(call(warm, table, AbortSignal.abort(REASON))).rejects.toBe(REASON);
    expect(server.asked.length).toBe(before + 2);
  });

  it.each(CALLS)('ends %s during a request without a response', async (_name, call) => {
    const { controller, signal } = aborter();
    const catalog = open();
    const table = await loaded(catalog);
    server.answer = () => {
      controller.abort(REASON);
      return { silent: true };
    };
    await expect(call(catalog, table, signal)).rejects.toBe(REASON);
  });

  it.each(CALLS)('ends %s during the wait before a retry', async (_name, call) => {
    const { controller, signal } = aborter();
    const sleep = () => {
      controller.abort(REASON);
      return never();
    };
    const catalog = open({ sleep });
    const table = await loaded(catalog);
    server.answer = () => ({ status: 429, headers: { 'retry-after': '30' } });
    const before = server.asked.length;
    await expect(call(catalog, table, signal)).rejects.toBe(REASON);
    expect(server.asked.length).toBe(before + 1);
  });

  it('does not wait for a retry after the signal is aborted', async () => {
    const { controller, signal } = aborter();
    server.answer = () => {
      setImmediate(() => controller.abort(REASON));
      return { status: 503, headers: { 'retry-after': '30' } };
    };
    await expect(open().loadTable(TABLE, signal)).rejects.toBe(REASON);
  });

  it.each([
    ['its configuration', {}],
    ['a token', { secrets: { credential: 'me:secret' } }],
  ])('requests %s once for several callers, until the last of them aborts', async (_name, secrets) => {
    const [first, second, third] = [aborter(), aborter(), aborter()];
    let held = holdAnswer();
    const catalog = open(secrets);
    const calls = [first, second].map(({ signal }) => catalog.loadTable(TABLE, signal));
    await held.arrived;
    first.controller.abort(REASON);
    await expect(calls[0]).rejects.toBe(REASON);
    held.release();
    expect(await calls[1]).toBeDefined();
    const whole = server.asked.length;

    server.asked.length = 0;
    held = holdAnswer();
    const other = open(secrets);
    const cancelled = [third, third].map(({ signal }) => other.loadTable(TABLE, signal));
    await held.arrived;
    third.controller.abort(REASON);
    for (const call of cancelled) await expect(call).rejects.toBe(REASON);
    held.release();
    expect(await other.loadTable(TABLE)).toBeDefined();
    // Only aborted requests are sent again.
    expect(server.asked.length).toBe(whole + 1);
  });

  /** Holds the answer to the next request back until it is released. */
  function holdAnswer(): { arrived: Promise<void>; release: () => void } {
    let arrive = (): void => {};
    let release = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.answer = async (asked) => {
      server.answer = answer;
      arrive();
      await released;
      return answer(asked);
    };
    return { arrived, release };
  }

  it('leaves a cancelled commit to the next attempt, which finds it in the history of the table', async () => {
    const { controller, signal } = aborter();
    const catalog = open();
    const manifests = [await manifestOf(await loaded(catalog), 'mine')];
    const request: AppendRequest = { catalog, identifier: TABLE, commitId: 'mine', manifests };
    server.answer = (asked) => {
      const told = answer(asked);
      if (asked.method !== 'POST') return told;
      controller.abort(REASON);
      return { silent: true };
    };
    await expect(appendManifests({ ...request, signal })).rejects.toBe(REASON);
    const [snapshot] = metadata.snapshots;
    // The snapshot may need its manifest list: nothing was cleaned up.
    await expect(store.head(snapshot['manifest-list'].slice('s3://bucket/'.length))).resolves.toBeDefined();
    expect(await appendManifests(request)).toMatchObject({
      snapshotId: BigInt(snapshot['snapshot-id']),
      alreadyCommitted: true,
    });
    expect(server.lines.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('lets an append and a schema update end during the wait after a conflict', async () => {
    const catalog = open();
    const table = await loaded(catalog);
    const manifests = [await manifestOf(table, 'mine')];
    const columns = [
      { name: 'ts', type: 'timestamptz', required: true, doc: 'time' },
      { name: 'more', type: 'string', doc: 'more' },
    ] as const;
    for (const run of [
      (signal: AbortSignal) => appendManifests({ catalog, identifier: TABLE, commitId: 'mine', manifests, signal }),
      (signal: AbortSignal) => evolveTable(catalog, table, columns, { signal }),
    ]) {
      const { controller, signal } = aborter();
      server.answer = (asked) => {
        if (asked.method !== 'POST') return answer(asked);
        setImmediate(() => controller.abort(REASON));
        return { status: 409 };
      };
      await expect(run(signal)).rejects.toBe(REASON);
    }
  });
});

describe('a storage catalog', () => {
  /** A store that reports each call before it is made. */
  function watched(store: ObjectStore, onCall: (call: string, key: string) => void): ObjectStore {
    return {
      ...{ uri: store.uri, list: store.list.bind(store), delete: store.delete.bind(store) },
      deleteAll: store.deleteAll.bind(store),
      get: async (key, options) => {
        onCall('get', key);
        return store.get(key, options);
      },
      getRange: async (key, range, options) => {
        onCall('get', key);
        return store.getRange(key, range, options);
      },
      head: async (key, options) => {
        onCall('head', key);
        return store.head(key, options);
      },
      put: async (key, body, options) => {
        onCall('put', key);
        return store.put(key, body, options);
      },
    };
  }

  it.each(CALLS)('sends the store nothing for %s when the signal is already aborted', async (_name, call) => {
    const store = createMemoryStore('w');
    const table = await createStorageCatalog(store).ensureTable(TABLE, CREATE);
    const calls: string[] = [];
    const catalog = createStorageCatalog(watched(store, (name, key) => void calls.push(`${name} ${key}`)));
    await expect(call(catalog, table, AbortSignal.abort(REASON))).rejects.toBe(REASON);
    expect(calls).toEqual([]);
  });

  it.each(CALLS)('passes the signal to the store for %s', async (_name, call) => {
    const store = createMemoryStore('w');
    const table = await createStorageCatalog(store).ensureTable(TABLE, CREATE);
    const { controller, signal } = aborter();
    const catalog = createStorageCatalog(watched(store, () => controller.abort(REASON)));
    await expect(call(catalog, table, signal)).rejects.toBe(REASON);
  });

  it('leaves a cancelled commit to the next attempt, which finds it in the history of the table', async () => {
    const store = createMemoryStore('w');
    const catalog = createStorageCatalog(store);
    const manifests = [await manifestOf(await catalog.ensureTable(TABLE, CREATE), 'mine')];
    const { controller, signal } = aborter();
    // The version is written, and the answer comes after the cancellation.
    const late: ObjectStore = {
      ...watched(store, () => {}),
      put: async (key, body, options) => {
        const answer = await store.put(key, body, options);
        if (!key.endsWith('/v2.metadata.json')) return answer;
        controller.abort(REASON);
        throw REASON;
      },
    };
    const request: AppendRequest = { catalog, identifier: TABLE, commitId: 'mine', manifests };
    await expect(appendManifests({ ...request, catalog: createStorageCatalog(late), signal })).rejects.toBe(REASON);
    expect(await appendManifests(request)).toMatchObject({ alreadyCommitted: true });
    expect((await catalog.loadTable(TABLE))?.metadata.snapshots).toHaveLength(1);
  });
});
