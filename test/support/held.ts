/** Store calls that wait until a test releases them, so that it can look at work in progress without sleeping. */
import type { WorkflowHandle } from '@temporalio/client';
import type { ObjectStore } from '../../storage/object-store';
import { until, WAIT_LIMIT } from './cli';
import type { Harness } from './harness';

type Call = 'get' | 'put' | 'list';

interface Waiting {
  key: string;
  go(): void;
}

export class Held {
  private waiting: Waiting[] = [];
  private open = false;

  /** Holds calls of this kind with a wanted key (or prefix) to the bucket or the warehouse, in every worker. */
  constructor(
    { stores }: Harness,
    store: ObjectStore,
    call: Call,
    private readonly wanted: (key: string) => boolean,
  ) {
    const held = Object.create(store) as ObjectStore;
    const pass = (key: string, signal?: AbortSignal): Promise<void> => this.pass(key, signal);
    const changes: Pick<ObjectStore, Call> = {
      get: async (key, options) => {
        await pass(key, options?.signal);
        return store.get(key, options);
      },
      put: async (key, body, options) => {
        await pass(key);
        return store.put(key, body, options);
      },
      async *list(prefix, options) {
        await pass(prefix, options?.signal);
        yield* store.list(prefix, options);
      },
    };
    stores.set(store.uri, Object.assign(held, { [call]: changes[call] }));
  }

  keys(): string[] {
    return this.waiting.map(({ key }) => key);
  }

  /** Resolves when exactly this many calls are waiting. */
  async untilWaiting(count: number): Promise<void> {
    await until(
      () => this.waiting.length === count,
      () => `${this.waiting.length} calls wait, not ${count}: ${this.keys().join(', ')}`,
      WAIT_LIMIT,
    );
  }

  /** Releases the first ones. */
  release(count: number): void {
    for (const { go } of this.waiting.splice(0, count)) go();
  }

  /** Releases the first one of a day. */
  releaseOf(day: string): void {
    const at = this.waiting.findIndex(({ key }) => key.includes(`/${day.replaceAll('-', '/')}/`));
    for (const { go } of this.waiting.splice(at, at < 0 ? 0 : 1)) go();
  }

  /** Releases all, and those that follow. */
  releaseAll(): void {
    this.open = true;
    this.release(this.waiting.length);
  }

  private pass(key: string, signal?: AbortSignal): Promise<void> {
    if (this.open || !this.wanted(key)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const entry = { key, go: resolve };
      this.waiting.push(entry);
      signal?.addEventListener('abort', () => {
        this.waiting = this.waiting.filter((other) => other !== entry);
        reject(signal.reason);
      });
    });
  }
}

type HistoryEvents = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>;

/** Whether a history ends with a completed workflow task, apart from the properties and attributes that the task has set. */
export function hasActed(events: HistoryEvents): boolean {
  const last = events.findLast(
    (event) => !event.upsertWorkflowSearchAttributesEventAttributes && !event.workflowPropertiesModifiedEventAttributes,
  );
  return last?.workflowTaskCompletedEventAttributes != null;
}

/** Resolves when a workflow has nothing in progress and nothing to do: it waits for a signal or an update. */
export async function untilIdle({ client }: Harness, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const idle = async (): Promise<boolean> => {
    const { raw } = await handle.describe();
    if ((raw.pendingActivities ?? []).length > 0 || raw.pendingWorkflowTask) return false;
    const { events } = await handle.fetchHistory();
    return hasActed(events ?? []);
  };
  await until(idle, () => `${workflowId} is still at work`);
}

/**
 * Makes a history so large that the server suggests continue-as-new: from 4 MiB on. Signals that arrive during a workflow task
 * count only after it, so this waits until no task is pending: the next one has the suggestion.
 */
export async function swell({ client }: Harness, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  for (let i = 0; i < 11; i++) await handle.signal('nobody-handles-this', 'x'.repeat(400_000));
  await until(
    async () => !(await handle.describe()).raw.pendingWorkflowTask,
    () => `${workflowId} still has a workflow task`,
  );
}
