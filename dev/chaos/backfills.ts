/** Starts, terminates and follows backfills and upkeep on a server that is unreachable at times. */
import { setTimeout as wait } from 'node:timers/promises';
import { Client, type WorkflowExecutionStatusName } from '@temporalio/client';
import type { Timestamp } from '@temporalio/common';
import { startBackfill } from '../../client/backfill/start.js';
import { startWork, workOf } from '../../client/session/start-workflow.js';
import { visibilityOf } from '../../client/setup/search-attributes.js';
import { upkeepWork } from '../../client/upkeep/upkeep.js';
import { type Cluster, connect } from '../../cluster/cluster.js';
import { GRPC, hasGrpcCode } from '../../cluster/grpc.js';
import type { Settings } from '../../config/settings.js';
import { StorageUnavailable } from '../../errors/index.js';
import { upkeepId } from '../../protocol/ids.js';
import type { BackfillResult, Reprocess } from '../../protocol/messages.js';
import { runConfigOf } from '../../run/config.js';
import type { ProjectSettings } from './places.js';

/** First and last delivery day, both included. */
export interface BackfillRange {
  from: string;
  to: string;
}

const POLL_INTERVAL_MS = 100;
/** How long the server may be unreachable. */
const OUTAGE_LIMIT_MS = 60_000;

const isNotFound = (error: unknown): boolean => error instanceof Error && error.name === 'WorkflowNotFoundError';

/** A client of a Temporal server that is unreachable at times. */
export class Backfills {
  private lastStart: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly cluster: Cluster,
    private readonly client: Client,
  ) {}

  static async connect(settings: Settings): Promise<Backfills> {
    const cluster = await connect(settings);
    // After this time, the task of a killed worker is given to the next one; the default is 10 s.
    // The protobuf encoder accepts a plain number instead of a Long.
    const workflowTaskTimeout = { seconds: 2 } as unknown as Timestamp;
    const client = new Client({
      connection: cluster.connection,
      namespace: cluster.namespace,
      interceptors: {
        workflow: [{ start: (input, next) => next({ ...input, options: { ...input.options, workflowTaskTimeout } }) }],
      },
    });
    return new Backfills(cluster, client);
  }

  /**
   * Starts a backfill like the command line does, or attaches to the running one of the range. Returns its id.
   * @param reprocess files are read again
   */
  async start(settings: Settings, range: BackfillRange, reprocess?: Reprocess): Promise<string> {
    const { source } = settings;
    if (source === undefined) throw new Error('the project has no source');
    const session = { cluster: this.cluster, client: this.client };
    const start = () => startBackfill(session, settings, source, { ...range, filter: {}, reprocess });
    return (await this.betweenStarts(() => this.retryOutages(start))).id;
  }

  /** Starts upkeep like the command does, or attaches to the running one. Returns its id, and whether it is new. */
  async startUpkeep(settings: ProjectSettings): Promise<{ id: string; isNew: boolean }> {
    const { source } = settings;
    const config = runConfigOf(settings, source);
    const { handle, running } = await this.retryOutages(async () => {
      const session = { cluster: this.cluster, client: this.client };
      const visibility = await visibilityOf(this.cluster);
      const work = workOf(upkeepWork(settings, source, {}), config, source.warehouse, visibility);
      return startWork(session, visibility, work);
    });
    return { id: handle.workflowId, isNew: running === undefined };
  }

  /** Waits for the running upkeep of the source, if there is one. */
  async untilUpkeepClosed({ source }: ProjectSettings, limitMs: number): Promise<void> {
    try {
      await this.untilClosed(upkeepId(source.name), limitMs);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Calls `work` while no backfill is being started: for changes that a run started meanwhile would use. */
  betweenStarts<T>(work: () => Promise<T>): Promise<T> {
    const result = this.lastStart.then(work);
    this.lastStart = result.catch(() => {});
    return result;
  }

  async state(id: string): Promise<WorkflowExecutionStatusName> {
    return (await this.retryOutages(() => this.client.workflow.getHandle(id).describe())).status.name;
  }

  async untilClosed(id: string, limitMs: number): Promise<WorkflowExecutionStatusName> {
    for (const end = Date.now() + limitMs; Date.now() < end; await wait(POLL_INTERVAL_MS)) {
      const state = await this.state(id);
      if (state !== 'RUNNING') return state;
    }
    throw new Error(`${id} did not end within ${limitMs / 1000} s after the storm.`);
  }

  /** The result of a workflow, by default of a backfill, or the error message if it failed. */
  async result<Result = BackfillResult>(id: string): Promise<Result | string> {
    try {
      return await this.retryOutages(() => this.client.workflow.getHandle(id).result() as Promise<Result>);
    } catch (error) {
      let first: unknown = error;
      while (first instanceof Error && first.cause instanceof Error) first = first.cause;
      return first instanceof Error ? first.message : String(first);
    }
  }

  /** Terminates a workflow; true if it was running. */
  async terminate(id: string): Promise<boolean> {
    try {
      await this.retryOutages(() => this.client.workflow.getHandle(id).terminate('chaos'));
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.cluster.connection.close();
  }

  /** Retries a call while the server or the warehouse is unavailable. */
  private async retryOutages<T>(call: () => Promise<T>): Promise<T> {
    for (const end = Date.now() + OUTAGE_LIMIT_MS; ; await wait(POLL_INTERVAL_MS)) {
      try {
        return await call();
      } catch (error) {
        if (!(hasGrpcCode(error, ...OUTAGE_CODES) || error instanceof StorageUnavailable) || Date.now() > end)
          throw error;
      }
    }
  }
}

/** The codes of calls while the server is down, starting or stopping. */
const OUTAGE_CODES = [GRPC.CANCELLED, GRPC.DEADLINE_EXCEEDED, GRPC.RESOURCE_EXHAUSTED, GRPC.INTERNAL, GRPC.UNAVAILABLE];
