/** Every setting of temporal.yaml: the check, the defaults, the template, the docs and the JSON Schema are made of this table. */
import { DEFAULT_TASK_QUEUE } from '../protocol/ids.js';
import { ADDRESS, ADDRESS_ALLOWED, anyText, port, text } from './kinds.js';
import { section, setting } from './setting.js';
import { ingest, retry, schedule } from './work-table.js';
import { worker } from './worker-table.js';

const name = text(/^\S+$/, 'a name without spaces');

const tls = section(
  {
    description:
      "TLS to the cluster. `true`: with the system's certificates. As a section: with a private CA, and mutual TLS.",
    onOff: {
      defaultNote: 'off; on with an API key',
      allowed: 'true, false, or a section of files',
      flag: '--tls',
      variable: 'TEMPORAL_TLS',
    },
    rule: {
      holds: (value) => (value.client_cert_file === undefined) === (value.client_key_file === undefined),
      allowed: 'client_cert_file and client_key_file, both or none',
    },
  },
  {
    server_name: setting(anyText('a host name'), {
      description: "The name in the server's certificate, where it is not the address.",
      defaultNote: 'the address',
      example: 'temporal.example.com',
      variable: 'TEMPORAL_TLS_SERVER_NAME',
    }),
    server_root_ca_file: setting(anyText('a path'), {
      description: 'PEM file of a private CA.',
      defaultNote: "the system's",
      example: 'certificates/ca.pem',
      variable: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    }),
    client_cert_file: setting(anyText('a path'), {
      description: 'PEM file, for mutual TLS.',
      example: 'certificates/client.pem',
      variable: 'TEMPORAL_TLS_CLIENT_CERT_PATH',
    }),
    client_key_file: setting(anyText('a path'), {
      description: 'PEM file, for mutual TLS.',
      example: 'certificates/client.key',
      variable: 'TEMPORAL_TLS_CLIENT_KEY_PATH',
    }),
  },
);

const temporal = section(
  { description: 'Which Temporal to use. Without an address, Trailmill runs a server of its own (see `server`).' },
  {
    address: setting(text(ADDRESS, ADDRESS_ALLOWED), {
      description: 'Address of a cluster, for example `temporal.example.com:7233` or `my-ns.a1b2c.tmprl.cloud:7233`.',
      defaultNote: 'none: its own server',
      flag: '--address',
      variable: 'TEMPORAL_ADDRESS',
    }),
    namespace: setting(name, {
      description: 'Namespace of the cluster.',
      default: 'default',
      flag: '--namespace',
      variable: 'TEMPORAL_NAMESPACE',
    }),
    task_queue: setting(name, {
      description:
        'Workers and commands meet on this queue: use another one for each Trailmill that shares a namespace.',
      default: DEFAULT_TASK_QUEUE,
      flag: '--task-queue',
    }),
    tls,
    api_key: setting(anyText('text'), {
      description: 'API key of the cluster, which turns TLS on. Better kept out of files.',
      variable: 'TEMPORAL_API_KEY',
    }),
    ui_url: setting(
      text(/^https?:\/\/[^\s/?#@]+([/?#]\S*)?$/, 'a URL with http:// or https://, without a user name or password'),
      {
        description: 'Address of the web UI, for links.',
        defaultNote: "known for Trailmill's own server and for Temporal Cloud",
      },
    ),
  },
);

const server = section(
  {
    description:
      "Trailmill's own server: Temporal's development server with its data in one file. It listens on this machine only.",
  },
  {
    port: setting(port, {
      description: 'Port of the server; the next free one when it is in use.',
      default: 7233,
    }),
    ui_port: setting(port, { description: 'Port of the web UI; the next free one when it is in use.', default: 8233 }),
    database: setting(anyText('a path'), {
      description:
        'File of what is running, and its history. The tables and their ledger are elsewhere: losing this file loses no data.',
      default: '.trailmill/temporal.db',
    }),
  },
);

/** Every setting of temporal.yaml. */
export const TEMPORAL_TABLE = section(
  {
    description:
      "How Trailmill runs: the Temporal server, the worker, and how work is cut. Every setting is listed with its default; take the `#` away to change one. Flags, then TEMPORAL_* variables, then a profile in Temporal's temporal.toml (TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE) come before this file. Paths are relative to this file.",
  },
  { temporal, server, worker, ingest, retry, schedule },
);
