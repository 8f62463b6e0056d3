/**
 * moto, for what versitygw has not got: IAM users and roles with policies, and STS with temporary credentials.
 *
 * It is asked like AWS: one address for S3, IAM and STS. It does not judge who may assume a role (trust policy, external
 * id), and its credentials do not expire: the fault proxy can answer ExpiredToken.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOOPBACK } from '../../net/free-port.js';
import { LoopbackServer } from './loopback-server.js';
import { type PythonOptions, pythonEnvironment } from './python-environment.js';
import type { S3Credentials } from './s3-server.js';

/** Without the extra `server`, which brings 180 MB for other services; these two are what its HTTP server needs. */
const REQUIREMENTS = ['moto[s3]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5'];

/** A running moto server. */
export interface Moto {
  /** `http://127.0.0.1:port`. Address buckets by path. */
  readonly endpoint: string;
  readonly region: string;
  /** Good for everything while policies are not enforced. */
  readonly anyCredentials: S3Credentials;
  /** A user with this inline policy; access keys of it. */
  createUser(policy: IamPolicy): Promise<S3Credentials>;
  /** A role with this inline policy; its ARN. */
  createRole(policy: IamPolicy): Promise<string>;
  /** From now on requests are judged by the policies of who signs them, or not any more. Off at the start. */
  enforcePolicies(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** A policy document of IAM, without its frame. */
export interface IamPolicy {
  statements: readonly {
    effect: 'Allow' | 'Deny';
    actions: readonly string[];
    resources: readonly string[];
  }[];
}

/** The Python that has moto; installed where it is not in the cache. */
export function findMoto(options: PythonOptions): Promise<string> {
  return pythonEnvironment('moto', REQUIREMENTS, options);
}

/** Starts moto with nothing in it; resolves when it has answered. `python`: from `findMoto`. */
export async function startMoto({ python, port }: { python: string; port?: number }): Promise<Moto> {
  const directory = await mkdtemp(join(tmpdir(), 'trailmill-moto-'));
  const discard = () => rm(directory, { recursive: true, force: true });
  const server = await LoopbackServer.start(
    {
      title: 'moto server',
      program: python,
      args: (free) => ['-I', '-m', 'moto.server', '-H', LOOPBACK, '-p', String(free)],
      env: () => ({ ...withoutSettings(process.env), INITIAL_NO_AUTH_ACTION_COUNT: 'inf', TMPDIR: directory }),
      logFile: join(directory, 'moto.log'),
      answers: async (free, signal) => {
        const answer = await fetch(`http://${LOOPBACK}:${free}/moto-api/data.json`, { signal });
        await answer.body?.cancel();
        return answer.ok;
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
    // Its own way to say this: how many more requests are let through.
    enforcePolicies: async (on) => {
      await post(`${endpoint}/moto-api/reset-auth`, on ? '0' : 'inf', {});
    },
    stop: async () => {
      await server.stop();
      await discard();
    },
  };
}

/** An action of IAM's query API; the answer is XML. Policies must not be enforced: it is not signed. */
function iam(endpoint: string, action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters }).toString();
  return post(endpoint, body, {
    'Content-Type': 'application/x-www-form-urlencoded',
    // By the scope of the credentials it knows which service is meant.
    Authorization:
      'AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0',
  });
}

async function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(url, { method: 'POST', body, headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`moto answered ${answer.status}: ${text}`);
  return text;
}

function element(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`moto answered without ${name}: ${xml}`);
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

/** What a person has set for AWS or moto of their own does not concern this one. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS_|MOTO_|S3_|PYTHON)/.test(name)));
}
