/** What the modules of commands load when they are loaded: the SDK's packages take longer than all else that a command does. */

/** Those of commands that need no server, or not always: `check` with a server, and `audit --workflow`, load more. */
const WITHOUT_SERVER = [
  'audit/audit',
  'check/check',
  'iam-policy/iam-policy',
  'init/init',
  'plan/plan',
  'query/query',
  'query/tables',
  'sample/sample',
];
/** Those of commands that talk to a server. */
const WITHOUT_WORKER = [
  'audit/audit-workflow',
  'backfill/end',
  'backfill/control',
  'backfill/list',
  'backfill/start',
  'backfill/status',
  'check/server-probes',
  'deployment/versions',
  'schedule/apply-command',
  'schedule/backfill',
  'schedule/change',
  'schedule/show',
  'schedule/trigger',
  'setup/setup',
];
const HEAVY = ['@temporalio/client', '@temporalio/worker', 'apache-arrow', 'parquet-wasm/node'];

/** Loads modules of client/, one after the other, and returns which of them was the first to load one of the heavy packages. */
function loadedBy(modules: readonly string[]): Record<string, string> {
  const loaded: Record<string, string> = {};
  let now = '';
  jest.resetModules();
  for (const name of HEAVY) {
    jest.doMock(name, () => {
      loaded[name] = now;
      return {};
    });
  }
  for (now of modules) require(`../../../client/${now}`);
  return loaded;
}

afterAll(() => {
  for (const name of HEAVY) jest.dontMock(name);
});

describe('loading a command', () => {
  it('loads neither the client nor the worker nor Parquet, where it can do without', () => {
    expect(loadedBy(WITHOUT_SERVER)).toEqual({});
  });

  it('loads the client, but not the worker, where it only talks to a server', () => {
    expect(loadedBy(WITHOUT_WORKER)).toEqual({ '@temporalio/client': WITHOUT_WORKER[0] });
  });
});
