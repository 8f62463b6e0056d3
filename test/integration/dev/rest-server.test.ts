/** What other tests rely on in the REST catalog server: commits on S3, conflicts, restarts with the same catalog. */
import type { RestCatalog } from '../../../dev/servers/rest-catalog';
import { outcome, s3Calls } from '../../support/s3-calls';
import {
  describeWithRestCatalog,
  freshBucket,
  freshName,
  sharedRestCatalog,
  sharedS3,
  startOwnRestCatalog,
} from '../../support/servers';

interface Table {
  'metadata-location': string;
  metadata: { 'table-uuid': string; properties: Record<string, string> };
  /** Omitted if there is none. */
  config?: Record<string, string>;
}

async function ask<T>(
  uri: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; answer: T }> {
  const init = { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) };
  const response = await fetch(`${uri}/v1/${path}`, init as RequestInit);
  const text = await response.text();
  return { status: response.status, answer: (text ? JSON.parse(text) : undefined) as T };
}

const SCHEMA = { type: 'struct', 'schema-id': 0, fields: [{ id: 1, name: 'a', type: 'long', required: false }] };

/** Creates a namespace with one table. Returns the table and its path. */
async function createTable(uri: string, bucket: string): Promise<{ path: string; table: Table }> {
  const namespace = freshName('ns');
  expect((await ask(uri, 'POST', 'namespaces', { namespace: [namespace] })).status).toBe(200);
  const tables = `namespaces/${namespace}/tables`;
  // This catalog ignores the location of a namespace, but not that of a table.
  const location = `s3://${bucket}/${namespace}/t`;
  const { status, answer } = await ask<Table>(uri, 'POST', tables, { name: 't', location, schema: SCHEMA });
  expect(status).toBe(200);
  return { path: `${tables}/t`, table: answer };
}

function setProperty(uri: string, path: string, name: string, uuid: string) {
  const requirements = [{ type: 'assert-table-uuid', uuid }];
  return ask<Table>(uri, 'POST', path, {
    requirements,
    updates: [{ action: 'set-properties', updates: { [name]: 'x' } }],
  });
}

describeWithRestCatalog('the REST catalog server', () => {
  test('keeps a table on S3, and refuses a commit whose requirement is not met', async () => {
    const { uri } = sharedRestCatalog();
    const bucket = await freshBucket(sharedS3());
    const { path, table } = await createTable(uri, bucket);
    const root = s3Calls(sharedS3(), sharedS3().rootCredentials, bucket);
    const committed = await setProperty(uri, path, 'p', table.metadata['table-uuid']);
    expect(committed.status).toBe(200);
    const location = committed.answer['metadata-location'];
    expect(location.startsWith(`s3://${bucket}/`)).toBe(true);
    expect(await outcome(root.head(location.slice(`s3://${bucket}/`.length)))).toBe('done');
    expect((await setProperty(uri, path, 'q', '00000000-0000-0000-0000-000000000000')).status).toBe(409);
    expect((await ask<Table>(uri, 'GET', path)).answer.metadata.properties).toMatchObject({ p: 'x' });
    expect((await ask(uri, 'GET', `${path}s`)).status).toBe(404);
    expect(table.config).toBeUndefined();
  });

  test('applies or refuses each of 20 concurrent commits, and none fails', async () => {
    const { uri } = sharedRestCatalog();
    const { path, table } = await createTable(uri, await freshBucket(sharedS3()));
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
    const answers = await Promise.all(names.map((name) => setProperty(uri, path, name, table.metadata['table-uuid'])));
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const made = names.filter((_name, i) => answers[i].status === 200);
    expect(made.length).toBeGreaterThan(0);
    const { properties } = (await ask<Table>(uri, 'GET', path)).answer.metadata;
    expect(names.filter((name) => name in properties)).toEqual(made);
  });

  test('restarts after a kill with its tables, at the same address, and vends credentials if requested', async () => {
    const { endpoint, region, rootCredentials } = sharedS3();
    const bucket = await freshBucket(sharedS3());
    const catalog: RestCatalog = await startOwnRestCatalog({
      warehouse: `s3://${bucket}/warehouse`,
      s3: { endpoint, region, credentials: rootCredentials },
      vendCredentials: true,
    });
    try {
      const { path, table } = await createTable(catalog.uri, bucket);
      expect(table.config).toMatchObject({
        's3.access-key-id': rootCredentials.accessKeyId,
        's3.secret-access-key': rootCredentials.secretAccessKey,
      });
      await catalog.kill();
      await expect(ask(catalog.uri, 'GET', path)).rejects.toThrow('fetch failed');
      await catalog.start();
      const { answer } = await ask<Table>(catalog.uri, 'GET', path);
      expect(answer.metadata['table-uuid']).toBe(table.metadata['table-uuid']);
    } finally {
      await catalog.stop();
    }
  });
});
