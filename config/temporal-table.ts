/**
 * Every setting of temporal.yaml. The check, the defaults, the template, the docs and the JSON Schema are generated from this
 * table.
 */
import { DEFAULT_TASK_QUEUE } from '../protocol/ids.js';
import { ADDRESS, ADDRESS_ALLOWED, anyText, port, text, whole } from './kinds.js';
import { section, setting } from './setting.js';
import { ingest, retry, schedule } from './work-table.js';
import { worker } from './worker-table.js';

const name = text(/^\S+$/, 'a name without spaces');

const tls = section(
  {
    description:
      "TLS to the cluster. `true`: with the system's root certificates. As a section: with a private CA or mutual TLS.",
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
      description: "The name in the server's certificate, if it is not the address.",
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
  { description: 'The Temporal cluster to use. Without an address, Trailmill runs its own server (see `server`).' },
  {
    address: setting(text(ADDRESS, ADDRESS_ALLOWED), {
      description: 'Address of a cluster, for example `temporal.example.com:7233` or `my-ns.a1b2c.tmprl.cloud:7233`.',
      defaultNote: 'none; Trailmill runs its own server',
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
        'The task queue that workers and commands use. Use a different one for each Trailmill installation that shares a namespace.',
      default: DEFAULT_TASK_QUEUE,
      flag: '--task-queue',
    }),
    tls,
    api_key: setting(anyText('text'), {
      description: 'API key of the cluster; it enables TLS. It is better not to store it in files.',
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
      "Trailmill's own server: Temporal's development server, with its data in one file. It only listens on this machine.",
  },
  {
    port: setting(port, {
      description: 'Port of the server; if it is in use, the next free one.',
      default: 7233,
    }),
    ui_port: setting(port, { description: 'Port of the web UI; if it is in use, the next free one.', default: 8233 }),
    database: setting(anyText('a path'), {
      description:
        'File with the running workflows and their history. The tables and their ledger are stored elsewhere, so losing this file loses no data.',
      default: '.trailmill/temporal.db',
    }),
    history_days: setting(whole(1, 3_650), {
      description:
        'Days for which the server keeps a workflow after it ends: for the UI, `backfill list` and `backfill status`.',
      default: 365,
    }),
  },
);

/** Every setting of temporal.yaml. */
export const TEMPORAL_TABLE = section(
  {
    description:
      "How Trailmill runs: the Temporal server, the worker, and how work is split. Every setting is listed with its default; remove the `#` to change one. Flags, then TEMPORAL_* variables, then a profile in Temporal's temporal.toml (TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE) take precedence over this file. Paths are relative to this file.",
  },
  { temporal, server, worker, ingest, retry, schedule },
);
