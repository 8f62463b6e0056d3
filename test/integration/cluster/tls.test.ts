/** TLS, mutual TLS and API keys: a client and a worker use an endpoint like those of clusters and Temporal Cloud. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Probe } from '../../../client/check/probe';
import type { SampleManifest } from '../../../sample/index';
import { type Authority, type Pem, startAuthority, writePem } from '../../support/certificates';
import { Project, promised, type Up, valuesOf, viewOf, withoutWaiting } from '../../support/cli';
import { CommandHost } from '../../support/command-host';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';
import { startApiKeyEndpoint, startTlsEndpoint, type TlsEndpoint } from '../../support/tls-endpoint';

/** Milliseconds: ten seconds each for gRPC and for the TLS check, and what two processes take on busy cores. */
const BOUND = 60_000;
const API_KEY = 'a-key-of-temporal-cloud';
/** The name in the certificate of an endpoint whose address is not in it. */
const SERVER_NAME = 'temporal.example.com';

describeWithTemporal('a Temporal server behind TLS', () => {
  let directory: string;
  let authority: Authority;
  /** No server certificate is signed by this authority. */
  let stranger: Authority;
  let files: Record<string, string>;
  let sample: SampleManifest;
  let home: Project;
  const projects: Project[] = [];
  const endpoints: TlsEndpoint[] = [];
  let tls: TlsEndpoint;
  let mutual: TlsEndpoint;
  let named: TlsEndpoint;
  let expired: TlsEndpoint;
  let cloud: TlsEndpoint;

  function newProject(env: NodeJS.ProcessEnv = {}, yaml = ''): Project {
    const project = new Project(join(directory, `project-${projects.length}`), env);
    projects.push(project);
    writeFileSync(project.path('temporal.yaml'), yaml);
    return project;
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-tls-'));
    [authority, stranger] = await Promise.all([startAuthority('trailmill test'), startAuthority('a stranger')]);
    const here = { dns: ['localhost'] };
    const server = await authority.sign('temporal', here);
    const client = await authority.sign('worker');
    const old = await authority.sign('old worker', { expired: true });
    const foreign = await stranger.sign('foreign worker');
    const pem = (name: string, { cert, key }: Pem): Record<string, string> => ({
      [`${name}.pem`]: cert,
      [`${name}.key`]: key,
    });
    files = writePem(directory, {
      'ca.pem': authority.cert,
      'stranger.pem': stranger.cert,
      ...pem('client', client),
      ...pem('old', old),
      ...pem('foreign', foreign),
    });
    const behind = { server: temporalAddress() };
    tls = await startTlsEndpoint({ ...behind, certificate: server });
    mutual = await startTlsEndpoint({ ...behind, certificate: server, clientAuthority: authority.cert });
    const elsewhere = await authority.sign('elsewhere', { dns: [SERVER_NAME] });
    named = await startTlsEndpoint({ ...behind, certificate: elsewhere });
    const outdated = await authority.sign('outdated', { ...here, expired: true });
    expired = await startTlsEndpoint({ ...behind, certificate: outdated });
    cloud = await startApiKeyEndpoint({ ...behind, certificate: server, apiKey: API_KEY });
    endpoints.push(tls, mutual, named, expired, cloud);
    home = newProject();
    expect(
      await home.run('sample', '--out', './bucket', '--days', '1', '--accounts', '1', '--events-per-hour', '4'),
    ).toMatchObject({ code: 0, stderr: '' });
    sample = JSON.parse(readFileSync(home.path('bucket', 'sample.json'), 'utf8'));
  });
  afterAll(async () => {
    await Promise.all(projects.map((project) => project.close()));
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    rmSync(directory, { recursive: true, force: true });
  });

  /** The check finds the server, a worker runs, and a backfill completes, all through the endpoint. */
  async function backfills(project: Project, endpoint: TlsEndpoint): Promise<void> {
    const before = endpoint.accepted();
    // A unique name: the server behind the endpoint is shared.
    const name = `aws_cloudtrail_${randomBytes(6).toString('hex')}`;
    const yaml = readFileSync(project.path('temporal.yaml'));
    rmSync(project.path('temporal.yaml'));
    expect(await project.ask('init')).toMatchObject({ code: 0 });
    writeFileSync(project.path('temporal.yaml'), yaml);
    const source = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    const text = readFileSync(source, 'utf8').replace(/^name: .*$/m, `name: ${name}`);
    writeFileSync(source, text.replace('location: ./bucket', `location: ${home.path('bucket')}`));
    const queue = ['--task-queue', name];
    const worker = project.start('worker', ...queue, '--json');
    expect(await worker.value<Up>()).toMatchObject({ address: endpoint.address, taskQueue: name });
    const checked = await project.ask('check', ...queue, '--json');
    const { from, to } = sample.delivery;
    const ended = await project.ask('backfill', 'start', ...queue, '--from', from, '--to', to, '--watch', '--json');
    expect(withoutWaiting(ended)).toMatchObject({ code: 0, stderr: '' });
    expect(viewOf(ended)).toMatchObject({ state: 'completed', totals: promised(sample) });
    const probes = valuesOf<{ probes: Probe[] }>(checked)[0].probes.filter(({ what }) => /server|worker/.test(what));
    expect(probes.map(({ what, state }) => `${what} ${state}`)).toEqual(['server ok', 'worker ok']);
    expect((await worker.interrupt()).code).toBe(0);
    // The worker's own connection, and at least one for each command.
    expect(endpoint.accepted() - before).toBeGreaterThanOrEqual(4);
  }

  it('is used as temporal.yaml says: a private authority, and a name that is not the address', async () => {
    const section = `server_root_ca_file: ../ca.pem, server_name: ${SERVER_NAME}`;
    await backfills(newProject({}, `temporal: {address: "${named.address}", tls: {${section}}}\n`), named);
  });

  it('is used as a profile says: mutual TLS', async () => {
    const profile = join(directory, 'profile.toml');
    writeFileSync(
      profile,
      `[profile.production]
address = "${mutual.address}"
[profile.production.tls]
server_ca_cert_path = "${files['ca.pem']}"
client_cert_path = "${files['client.pem']}"
client_key_path = "${files['client.key']}"
`,
    );
    await backfills(newProject({ TEMPORAL_CONFIG_FILE: profile, TEMPORAL_PROFILE: 'production' }), mutual);
  });

  it('is used as the environment says: an API key', async () => {
    const env = {
      TEMPORAL_ADDRESS: cloud.address,
      TEMPORAL_API_KEY: API_KEY,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: files['ca.pem'],
    };
    await backfills(newProject(env), cloud);
  });

  it('that cannot be used is reported with the reason and the fix, by client and worker, and neither hangs', async () => {
    const ca = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: files['ca.pem'] };
    const pair = (cert: string, key = cert): NodeJS.ProcessEnv => ({
      ...ca,
      TEMPORAL_TLS_CLIENT_CERT_PATH: files[`${cert}.pem`],
      TEMPORAL_TLS_CLIENT_KEY_PATH: files[`${key}.key`],
    });
    const key = (apiKey: string): NodeJS.ProcessEnv => ({ ...ca, TEMPORAL_API_KEY: apiKey });
    const stranged = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: files['stranger.pem'] };
    const cases: [endpoint: string, env: NodeJS.ProcessEnv, message: RegExp, cure: RegExp][] = [
      [
        tls.address,
        stranged,
        /not signed by the configured certificate authority/,
        /server_root_ca_file .*SERVER_CA_CERT_PATH/,
      ],
      [tls.address, { TEMPORAL_TLS: 'true' }, /authority that this machine does not trust/, /server_root_ca_file/],
      [expired.address, ca, /certificate that has expired/, /Renew the certificate/],
      [named.address, ca, /another name: .*localhost/, /TEMPORAL_TLS_SERVER_NAME/],
      [mutual.address, ca, /requires a client certificate/, /TEMPORAL_TLS_CLIENT_CERT_PATH/],
      [mutual.address, pair('foreign'), /rejects the client certificate CN=foreign worker\./, /server trusts/],
      [mutual.address, pair('old'), /CN=old worker, which expired on /, /Renew it/],
      [mutual.address, pair('client', 'old'), /client\.pem.*does not match|does not match.*client\.pem/, /TLS_\*/],
      [mutual.address, pair('client', 'ca'), /./, /TEMPORAL_TLS/],
      [cloud.address, key('another-key'), /denies access/, /API key/],
      [cloud.address, ca, /denies access/, /API key/],
      [tls.address, {}, /requires TLS, but TLS is not configured/, /TEMPORAL_TLS=true/],
      [temporalAddress().replace('127.0.0.1', 'localhost'), ca, /does not speak TLS/, /TEMPORAL_TLS=false/],
    ];
    const projects = cases.map(([address, env]) => newProject({ TEMPORAL_ADDRESS: address, ...env }));
    const started = Date.now();
    for (const argv of [['backfill', 'list'], ['worker']]) {
      const host = new CommandHost(home.env);
      const ended = await Promise.all(projects.map(({ directory: cwd, env }) => host.run(argv, cwd, env)));
      await host.close();
      for (const [at, { code, stdout, stderr }] of ended.entries()) {
        const [, , message, cure] = cases[at];
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        const [said, next, ...more] = stderr.split('\n');
        expect(said).toMatch(message);
        expect(next).toMatch(cure);
        expect(more).toEqual(['']);
      }
    }
    expect(Date.now() - started).toBeLessThan(BOUND);
  });

  it('whose certificate has no subject alternative name works for a client, and a worker says why it fails', async () => {
    const certificate = await authority.sign('localhost');
    const endpoint = await startTlsEndpoint({ server: temporalAddress(), certificate });
    endpoints.push(endpoint);
    const env = { TEMPORAL_ADDRESS: endpoint.address, TEMPORAL_TLS_SERVER_CA_CERT_PATH: files['ca.pem'] };
    const project = newProject(env);
    expect(await project.run('backfill', 'list', '--json')).toMatchObject({ code: 0 });
    const { code, stderr } = await project.run('worker');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/although a client can.*\n.*its host name/),
    });
  });
});
