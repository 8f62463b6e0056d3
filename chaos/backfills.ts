/** Starting, ending and following backfills on a server that goes away now and then. */
import { setTimeout as wait } from 'node:timers/promises';
import { Client, type WorkflowExecutionStatusName } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { startBackfill } from '../client/commands/backfill-start.js';
import type { Settings } from '../config/settings.js';
import { StorageUnavailable } from '../errors/index.js';
import { type Cluster, connect } from '../worker/cluster.js';
import type { BackfillResult } from '../workflows/messages.js';

export interface Range {
  from: string;
  to: string;
}

/** Milliseconds between two looks at a workflow. */
const LOOK_MS = 100;
/** Milliseconds that the server may be away. */
const AWAY_LIMIT = 60_000;

export class Backfills {
  private constructor(
    private readonly cluster: Cluster,
    private readonly client: Client,
  ) {}

  static async connect(settings: Settings): Promise<Backfills> {
    const cluster = await connect(settings);
    // A task that a killed worker had in hand is given to the next one after so long; the default is 10 s.
    const workflowTaskTimeout = msToTs('2s');
    const client = new Client({
      connection: cluster.connection,
      namespace: cluster.namespace,
      interceptors: {
        workflow: [{ start: (input, next) => next({ ...input, options: { ...input.options, workflowTaskTimeout } }) }],
      },
    });
    return new Backfills(cluster, client);
  }

  /** As the command line starts one; gives its id. A range that runs is attached to. */
  async start(settings: Settings, range: Range): Promise<string> {
    const { source } = settings;
    if (source === undefined) throw new Error('the project has no source');
    const session = { cluster: this.cluster, client: this.client };
    return (await this.insist(() => startBackfill(session, settings, source, { ...range, filter: {} }))).id;
  }

  async state(id: string): Promise<WorkflowExecutionStatusName> {
    return (await this.insist(() => this.client.workflow.getHandle(id).describe())).status.name;
  }

  async untilClosed(id: string, limitMs: number): Promise<WorkflowExecutionStatusName> {
    for (const end = Date.now() + limitMs; Date.now() < end; await wait(LOOK_MS)) {
      const state = await this.state(id);
      if (state !== 'RUNNING') return state;
    }
    throw new Error(`${id} does not end within ${limitMs / 1000} s after the storm.`);
  }

  /** What a backfill that succeeded counted, or why it did not. */
  async result(id: string): Promise<BackfillResult | string> {
    try {
      return await this.insist(() => this.client.workflow.getHandle(id).result() as Promise<BackfillResult>);
    } catch (error) {
      let first: unknown = error;
      while (first instanceof Error && first.cause instanceof Error) first = first.cause;
      return first instanceof Error ? first.message : String(first);
    }
  }

  /** Ends a workflow at once, without a word to it; true when it was running. */
  async terminate(id: string): Promise<boolean> {
    try {
      await this.insist(() => this.client.workflow.getHandle(id).terminate('chaos'));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'WorkflowNotFoundError') return false;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.cluster.connection.close();
  }

  /** Asks again while the server is away, or the warehouse. */
  private async insist<T>(ask: () => Promise<T>): Promise<T> {
    for (const end = Date.now() + AWAY_LIMIT; ; await wait(LOOK_MS)) {
      try {
        return await ask();
      } catch (error) {
        if (!(isAway(error) || error instanceof StorageUnavailable) || Date.now() > end) throw error;
      }
    }
  }
}

/** gRPC's numbers of "nobody there" and "in vain": CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE. */
const AWAY = [1, 4, 8, 13, 14];

function isAway(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'number' && AWAY.includes(code)) return true;
  }
  return false;
}
