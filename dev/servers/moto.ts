/**
 * moto, for what versitygw does not have: IAM users and roles with policies, and STS with temporary credentials.
 *
 * It has one endpoint for S3, IAM and STS. It does not check who may assume a role (trust policy, external id), and its
 * credentials do not expire: use the fault proxy to respond with ExpiredToken.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOOPBACK } from '../../net/free-port.js';
import { environmentWithout } from './environment.js';
import { LoopbackServer } from './loopback-server.js';
import { type PythonOptions, pythonEnvironment } from './python-environment.js';
import type { S3Credentials } from './s3-server.js';

/** Without the extra `server`, which installs 180 MB for other services; its HTTP server needs only flask and flask-cors. */
const REQUIREMENTS = ['moto[s3]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5'];

/** A running moto server. */
export interface Moto {
  /** `http://127.0.0.1:port`. Address buckets by path. */
  readonly endpoint: string;
  readonly region: string;
  /** Credentials that may do everything while policies are not enforced. */
  readonly anyCredentials: S3Credentials;
  /** Creates a user with this inline policy; returns its access key. */
  createUser(policy: IamPolicy): Promise<S3Credentials>;
  /** Creates a role with this inline policy; returns its ARN. */
  createRole(policy: IamPolicy): Promise<string>;
  /** Turns the enforcement of policies on or off. Initially off. */
  enforcePolicies(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** The statements of an IAM policy document. */
export interface IamPolicy {
  statements: readonly {
    effect: 'Allow' | 'Deny';
    actions: readonly string[];
    resources: readonly string[];
  }[];
}

/** The Python program of the environment with moto, which is installed if it is not in the cache. */
export function findMoto(options: PythonOptions): Promise<string> {
  return pythonEnvironment('moto', REQUIREMENTS, options);
}

/** Starts an empty moto server; resolves once it responds. `python`: from `findMoto`. */
export async function startMoto({ python, port }: { python: string; port?: number }): Promise<Moto> {
  const directory = await mkdtemp(join(tmpdir(), 'trailmill-moto-'));
  const discard = () => rm(directory, { recursive: true, force: true });
  const server = await LoopbackServer.start(
    {
      title: 'moto server',
      program: python,
      args: (free) => ['-I', '-m', 'moto.server', '-H', LOOPBACK, '-p', String(free)],
      env: () => ({ ...environmentWithout(USER_SETTINGS), INITIAL_NO_AUTH_ACTION_COUNT: 'inf', TMPDIR: directory }),
      logFile: join(directory, 'moto.log'),
      answers: async (free, signal) => {
        const response = await fetch(`http://${LOOPBACK}:${free}/moto-api/data.json`, { signal });
        await response.body?.cancel();
        return response.ok;
      },
    },
    port,
  ).catch(async (error: unknown) => {
    await discard();
    throw error;
  });
  const endpoint = `http://${LOOPBACK}:${server.port}`;
  let made = 0;
  return {
    endpoint,
    region: 'us-east-1',
    anyCredentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    createUser: async (policy) => {
      const UserName = `user-${++made}`;
      await iam(endpoint, 'CreateUser', { UserName });
      await iam(endpoint, 'PutUserPolicy', { UserName, PolicyName: 'inline', PolicyDocument: documentOf(policy) });
      const keys = await iam(endpoint, 'CreateAccessKey', { UserName });
      return { accessKeyId: element(keys, 'AccessKeyId'), secretAccessKey: element(keys, 'SecretAccessKey') };
    },
    createRole: async (policy) => {
      const RoleName = `role-${++made}`;
      const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
      const role = await iam(endpoint, 'CreateRole', { RoleName, AssumeRolePolicyDocument });
      await iam(endpoint, 'PutRolePolicy', { RoleName, PolicyName: 'inline', PolicyDocument: documentOf(policy) });
      return element(role, 'Arn');
    },
    // moto's API for this: the number of further requests that are not checked.
    enforcePolicies: async (on) => {
      await post(`${endpoint}/moto-api/reset-auth`, on ? '0' : 'inf', {});
    },
    stop: async () => {
      await server.stop();
      await discard();
    },
  };
}

/** Calls an action of IAM's query API, which responds with XML. It is not signed, so policies must not be enforced. */
function iam(endpoint: string, action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters }).toString();
  return post(endpoint, body, {
    'Content-Type': 'application/x-www-form-urlencoded',
    // moto finds the service in the scope of the credentials.
    Authorization:
      'AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0',
  });
}

async function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(url, { method: 'POST', body, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`moto responded with ${response.status}: ${text}`);
  return text;
}

function element(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`the response of moto has no ${name}: ${xml}`);
  return text;
}

function documentOf({ statements }: IamPolicy): string {
  const Statement = statements.map(({ effect, actions, resources }) => ({
    Effect: effect,
    Action: actions,
    Resource: resources,
  }));
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

/** Variables of the user that would affect the server. */
const USER_SETTINGS = /^(AWS_|MOTO_|S3_|PYTHON)/;
